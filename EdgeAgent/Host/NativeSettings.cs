using System.Runtime.InteropServices;
using OpenCvSharp;

namespace BrightKitchen.EdgeAgent.Host;

/// <summary>Process-wide settings of OpenCV.</summary>
internal static partial class NativeSettings
{
    /// <summary>
    /// Applies the settings; call it before the first use of OpenCV. Frames are small and the cores are shared by many cameras: OpenCV's
    /// own threads cost more than they gain. Its IPP queries the CPU vendor on every call, which a virtual machine answers slowly: a
    /// quarter of the edge agent's CPU time with 8 cameras (docs/decisions/008).
    /// </summary>
    public static void Apply()
    {
        if (OperatingSystem.IsLinux())
            _ = SetEnvironment("OPENCV_IPP", "disabled", 0);
        Cv2.SetNumThreads(1);
    }

    // .NET's environment variables are a copy that native code does not see.
    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);
}
