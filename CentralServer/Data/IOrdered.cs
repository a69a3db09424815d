namespace BrightKitchen.CentralServer.Data;

/// <summary>
/// A row that others read in the order of writing. The number alone does not say it in PostgreSQL, which gives numbers before the commit:
/// the order is by the writing transaction, then by the number.
/// </summary>
public interface IOrdered
{
    /// <summary>1, 2, 3 …</summary>
    long Id { get; }

    /// <summary>The transaction that wrote it; 0 with SQLite, which has one writer at a time.</summary>
    long Transaction { get; }
}
