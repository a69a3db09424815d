using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Pictures;

namespace BrightKitchen.CentralServer.Cases;

internal sealed class CasePictures : IPictureReferences
{
    public IReadOnlyList<IQueryable<string?>> Of(CentralDb db) => [db.Cases.Select(c => c.Picture)];
}
