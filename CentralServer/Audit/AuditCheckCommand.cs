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
            await Console.Error.WriteLineAsync($"The log was altered at line {at}.");
        if (fault is not null)
            await Console.Error.WriteLineAsync(Say(fault, newest, heads.File));
        if (broken is not null || fault is not null)
            return 2;
        Console.WriteLine(
            count == 0
                ? $"{lines} lines, whole. No head was exported to {heads.File}: whether the end was cut is not known."
                : $"{lines} lines, whole, and as {count} exported heads say; the newest is of line {newest!.Number} ({newest.At:u})."
        );
        return 0;
    }

    private static string Say(string fault, AuditHead? head, string file) =>
        fault switch
        {
            AuditHeads.Cut => $"The log was cut: line {head!.Number}, which was there on {head.At:u}, is missing.",
            AuditHeads.Rewritten => $"The log was written again: line {head!.Number} is another one than on {head.At:u}.",
            _ => $"{file} has a line that this server did not sign.",
        };
}
