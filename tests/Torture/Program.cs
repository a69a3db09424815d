using System.Runtime.Versioning;
using BrightKitchen.Torture;

[assembly: SupportedOSPlatform("linux")]

// torture FOLDER STREAM: works on a box's store and recording as fast as it can and tells what it has been promised, until somebody kills
// it.
if (args is not [var folder, var stream])
{
    await Console.Error.WriteLineAsync("torture FOLDER STREAM.mp4");
    return 2;
}

await Victim.RunAsync(folder, stream);
return 0;
