namespace BrightKitchen.CentralServer.Audit;

/// <summary><c>CentralServer audit-check</c>: verifies the whole audit log and compares it with every exported head.</summary>
internal static class AuditCheckCommand
{
    /// <returns>Exit code: 0 if everything matches, otherwise 2; mismatches are printed.</returns>
    public static async Task<int> RunAsync(IServiceProvider services)
    {
        var heads = services.GetRequiredService<AuditHeads>();
        var (lines, _, broken) = await services.GetRequiredService<AuditLog>().CheckAsync(null, CancellationToken.None);
        var (count, newest, fault) = await heads.CheckAsync(all: true, CancellationToken.None);
        if (broken is { } at)
            await Console.Error.WriteLineAsync($"The audit log was altered at line {at}.");
        if (fault is not null)
            await Console.Error.WriteLineAsync(MessageOf(fault, newest, heads.File));
        if (broken is not null || fault is not null)
            return 2;
        Console.WriteLine(
            count == 0
                ? $"{lines} lines, intact. No head was exported to {heads.File}: a truncated end would not be detected."
                : $"{lines} lines, intact and matching {count} exported heads; the newest is of line {newest!.Number} ({newest.At:u})."
        );
        return 0;
    }

    private static string MessageOf(string fault, AuditHead? head, string file) =>
        fault switch
        {
            AuditHeads.Cut => $"The audit log was truncated: line {head!.Number}, which existed on {head.At:u}, is missing.",
            AuditHeads.Rewritten => $"The audit log was rewritten: line {head!.Number} differs from the one of {head.At:u}.",
            _ => $"{file} contains a line that this server did not sign.",
        };
}
