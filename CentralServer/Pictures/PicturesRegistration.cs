using BrightKitchen.CentralServer.Hosting;
using BrightKitchen.CentralServer.Storage;

namespace BrightKitchen.CentralServer.Pictures;

internal static class PicturesRegistration
{
    public static void AddPictures(this IServiceCollection services, IConfiguration configuration) =>
        services
            .AddSingleton(s => new PictureFiles(
                Path.Combine(DataFolder.Of(configuration), "arriving"),
                s.GetRequiredService<IObjectStore>()
            ))
            .AddHostedService<PictureSweep>();
}
