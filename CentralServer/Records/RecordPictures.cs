using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Pictures;

namespace BrightKitchen.CentralServer.Records;

internal sealed class RecordPictures : IPictureReferences
{
    public IReadOnlyList<IQueryable<string?>> Of(CentralDb db) =>
        [db.Records.Select(r => r.Picture), db.Staff.Select(s => s.CertificatePicture)];
}
