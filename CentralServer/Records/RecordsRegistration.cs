using BrightKitchen.CentralServer.Pictures;

namespace BrightKitchen.CentralServer.Records;

internal static class RecordsRegistration
{
    public static void AddRecords(this IServiceCollection services) =>
        services
            .AddScoped<RecordService>()
            .AddScoped<SiteReports>()
            .AddScoped<StaffService>()
            .AddSingleton<IPictureReferences, RecordPictures>();
}
