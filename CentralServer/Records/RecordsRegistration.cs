using BrightKitchen.CentralServer.Pictures;

namespace BrightKitchen.CentralServer.Records;

internal static class RecordsRegistration
{
    public static void AddRecords(this IServiceCollection services) =>
        services.AddScoped<RecordDesk>().AddScoped<SiteReports>().AddScoped<StaffDesk>().AddSingleton<IPictureReferences, RecordPictures>();
}
