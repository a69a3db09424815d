namespace BrightKitchen.EdgeAgent.Telemetry;

/// <summary>One camera's figures over the last complete interval of at least 5 s.</summary>
/// <param name="Read">Frames decoded per second.</param>
/// <param name="Analysed">Frames on which the models ran per second.</param>
/// <param name="Dropped">Frames replaced by a newer one per second.</param>
/// <param name="AgeMs">Mean age of a frame after its analysis, in ms.</param>
internal sealed record CameraFigures(double Read, double Analysed, double Dropped, double AgeMs);

/// <summary>Counts one camera's frames in intervals of 5 s. Thread-safe.</summary>
internal sealed class CameraTally(TimeProvider time)
{
    private static readonly TimeSpan Stretch = TimeSpan.FromSeconds(5);
    private readonly Lock gate = new();
    private long began = time.GetTimestamp();
    private double read;
    private double analysed;
    private double judged;
    private double dropped;
    private double age;
    private CameraFigures last = new(0, 0, 0, 0);

    public CameraFigures Figures
    {
        get
        {
            lock (gate)
            {
                Turn();
                return last;
            }
        }
    }

    public void Add(double framesRead = 0, double framesAnalysed = 0, double framesJudged = 0, double framesDropped = 0, double ageMs = 0)
    {
        lock (gate)
        {
            Turn();
            (read, analysed, judged, dropped, age) = (
                read + framesRead,
                analysed + framesAnalysed,
                judged + framesJudged,
                dropped + framesDropped,
                age + ageMs
            );
        }
    }

    private void Turn()
    {
        var passed = time.GetElapsedTime(began);
        if (passed < Stretch)
            return;
        var seconds = passed.TotalSeconds;
        last = new(
            Math.Round(read / seconds, 1),
            Math.Round(analysed / seconds, 1),
            Math.Round(dropped / seconds, 1),
            Math.Round(judged > 0 ? age / judged : 0)
        );
        (began, read, analysed, judged, dropped, age) = (time.GetTimestamp(), 0, 0, 0, 0, 0);
    }
}
