using BrightKitchen.CentralServer.Devices;

namespace BrightKitchen.CentralServer.Review;

internal static class ReviewRegistration
{
    public static void AddReview(this IServiceCollection services) =>
        services
            .AddScoped<ReviewService>()
            .AddSingleton<ListDelivery>()
            .AddSingleton<IListDelivery>(s => s.GetRequiredService<ListDelivery>())
            .AddHostedService(s => s.GetRequiredService<ListDelivery>());
}
