using BrightKitchen.CentralServer.Hosting;
using BrightKitchen.CentralServer.Pictures;

namespace BrightKitchen.CentralServer.Cases;

internal static class CasesRegistration
{
    public static void AddCases(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddScoped<CaseService>().AddScoped<ReportPictures>().AddSingleton<IPictureReferences, CasePictures>();
        services.AddLimitByCaller(CaseEndpoints.ReportLimit, configuration.GetValue("Cases:ReportsPerHour", 10), TimeSpan.FromHours(1));
    }
}
