namespace BrightKitchen.CentralServer.Data;

/// <summary>
/// A row that is read in the order of writing. The id alone is not sufficient with PostgreSQL, which assigns ids before the commit: the
/// order is by writing transaction, then by id.
/// </summary>
public interface IOrdered
{
    /// <summary>Ascending, starting at 1.</summary>
    long Id { get; }

    /// <summary>Id of the transaction that wrote it; 0 with SQLite, which has one writer at a time.</summary>
    long Transaction { get; }
}
