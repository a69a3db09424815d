namespace BrightKitchen.EdgeAgent.Training;

internal static class TrainingRegistration
{
    /// <summary>Registers on-site training: zones from examples, and dismissed findings.</summary>
    public static IServiceCollection AddTraining(this IServiceCollection services) =>
        services.AddSingleton<DismissedLessons>().AddSingleton<ZoneLessons>();
}
