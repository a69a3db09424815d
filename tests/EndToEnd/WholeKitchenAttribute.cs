using System.Reflection;
using Xunit.v3;

namespace BrightKitchen.EndToEnd;

/// <summary>Every test begins with server, box and kiosk running, whatever the one before it did to them.</summary>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class WholeKitchenAttribute : BeforeAfterTestAttribute
{
    // xunit waits for nothing here; a thread of the pool does the waiting, and only after a test that failed.
    public override void Before(MethodInfo methodUnderTest, IXunitTest test)
    {
        if (RunningKitchen.Current is { IsWhole: false } running)
            Task.Run(() => running.RepairAsync(TestContext.Current.CancellationToken)).GetAwaiter().GetResult();
    }
}
