using BrightKitchen.CentralServer.Data;

namespace BrightKitchen.CentralServer.Pictures;

/// <summary>
/// The rows of a capability that refer to pictures. Pictures of a capability that does not register an implementation are deleted by
/// <see cref="PictureSweep"/>.
/// </summary>
internal interface IPictureReferences
{
    /// <summary>The digests in each of its tables.</summary>
    IReadOnlyList<IQueryable<string?>> Of(CentralDb db);
}
