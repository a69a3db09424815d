using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Pictures;

namespace BrightKitchen.CentralServer.Findings;

internal sealed class StepPictures : IPictureReferences
{
    public IReadOnlyList<IQueryable<string?>> Of(CentralDb db) => [db.FindingSteps.Select(s => s.Picture)];
}
