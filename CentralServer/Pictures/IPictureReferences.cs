using BrightKitchen.CentralServer.Data;

namespace BrightKitchen.CentralServer.Pictures;

/// <summary>
/// A capability's rows that refer to pictures. One that is not registered loses its pictures to <see cref="PictureSweep"/>.
/// </summary>
internal interface IPictureReferences
{
    /// <summary>The digests of each of its tables.</summary>
    IReadOnlyList<IQueryable<string?>> Of(CentralDb db);
}
