namespace BrightKitchen.EdgeAgent.Training;

internal static class TrainingRegistration
{
    /// <summary>What this site teaches: zones by examples, and dismissed findings.</summary>
    public static IServiceCollection AddTraining(this IServiceCollection services) =>
        services.AddSingleton<DismissedLessons>().AddSingleton<ZoneLessons>();
}
