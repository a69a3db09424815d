using BrightKitchen.Sealing;

namespace BrightKitchen.EdgeAgent.Tools;

/// <summary>
/// Verifies evidence packages offline: <c>verify PACKAGE… [--key FINGERPRINT]</c>. Exits with 2 and names the first altered part when a
/// package is not intact.
/// </summary>
internal static class VerifyTool
{
    public static Task RunAsync(IReadOnlyList<string> args, CancellationToken stop)
    {
        var given = new ToolArguments(args, ["key"], []);
        if (given.Words.Count == 0)
            throw new ToolException("name a package: verify PACKAGE.zip [--key FINGERPRINT]");
        foreach (var path in given.Words)
        {
            stop.ThrowIfCancellationRequested();
            using var file = File.OpenRead(path);
            var answer = PackageCheck.Check(file, given["key"]);
            if (answer.Fault is { } fault)
                throw new ToolException($"{path}: {fault}");
            Console.WriteLine(
                $"{path}: intact. {answer.Findings} findings, manifests {answer.First} to {answer.Last}, sealed by "
                    + $"{(answer.Packer == answer.Box ? "edge device" : "server")} "
                    + $"{answer.Packer}{(answer.Packer == answer.Box ? "" : $", from the chain of edge device {answer.Box}")}"
            );
        }

        return Task.CompletedTask;
    }
}
