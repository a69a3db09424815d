using System.Runtime.InteropServices;
using OpenCvSharp;

namespace BrightKitchen.EdgeAgent.Host;

/// <summary>What OpenCV must know before its first call.</summary>
internal static partial class NativeSettings
{
    /// <summary>
    /// Frames are small and cores belong to many cameras: OpenCV's own threads cost more than they bring. Its IPP asks the processor's
    /// maker at each call, which a virtual machine answers slowly: a quarter of the box's time on 8 cameras (docs/decisions/008).
    /// </summary>
    public static void Apply()
    {
        if (OperatingSystem.IsLinux())
            _ = SetEnvironment("OPENCV_IPP", "disabled", 0);
        Cv2.SetNumThreads(1);
    }

    // .NET's own environment is a copy that native code does not see.
    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);
}
