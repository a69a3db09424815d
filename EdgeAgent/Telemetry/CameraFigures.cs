namespace BrightKitchen.EdgeAgent.Telemetry;

/// <summary>What a camera did in the last full five seconds.</summary>
/// <param name="Read">Frames decoded a second.</param>
/// <param name="Analysed">Frames looked at a second.</param>
/// <param name="Dropped">Frames that a newer one replaced, a second.</param>
/// <param name="AgeMs">Mean age of a frame when it was judged.</param>
internal sealed record CameraFigures(double Read, double Analysed, double Dropped, double AgeMs);

/// <summary>Counts one camera's frames in stretches of five seconds. Thread-safe.</summary>
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
