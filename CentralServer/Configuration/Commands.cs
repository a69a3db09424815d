namespace BrightKitchen.CentralServer.Configuration;

/// <summary>
/// The program's commands. The first argument must be a command or a setting (<c>--key value</c>, <c>key=value</c>): anything else is an
/// error and must not start a server.
/// </summary>
internal static class Commands
{
    private static readonly IReadOnlyList<Command> All =
    [
        new("begin", ["--city", "CITY", "--admin", "NAME"], "creates the city and its first administrator"),
        new("backup", ["--to", "FILE"], "writes a backup of database and evidence, also while the server runs"),
        new("restore", ["--from", "FILE"], "restores a backup into an empty folder or database"),
        new("enrolment-code", [], "[--site SITE [--region REGION]]  issues an enrolment code for an edge agent"),
        new("kiosk-code", [], "[--site SITE [--region REGION]]  issues an enrolment code for a kiosk"),
        new("audit-check", [], "verifies the audit log"),
        new("draw", ["--from", "FILE"], "[--commitment HASH]  verifies a published inspection draw"),
        new("seed", [], "fills an empty database with demonstration data"),
        new("endpoints", [], "prints the endpoints and who may call them"),
        new("openapi", [], "prints the OpenAPI document"),
        new("api-reference", [], "prints the API reference"),
    ];

    /// <summary>Why the program cannot start with these arguments; null if they are valid.</summary>
    public static string? Fault(IReadOnlyList<string> args)
    {
        if (args is not [{ Length: > 0 } first, ..] || first[0] is '-' or '/' || first.Contains('=', StringComparison.Ordinal))
            return null;
        if (All.FirstOrDefault(c => c.Name == first) is not { } command)
            return $"There is no command '{first}'; nothing was started. Without a command, the server runs. The commands are:"
                + Environment.NewLine
                + string.Join(Environment.NewLine, All.Select(c => $"  {c.Usage}"));
        return command.Fits(args)
            ? null
            : $"The command '{first}' lacks an argument; nothing was started. Usage:{Environment.NewLine}  {command.Usage}";
    }

    /// <summary>The value of an option at any position; null if it is missing.</summary>
    public static string? Option(IReadOnlyList<string> args, string name)
    {
        for (var i = 1; i + 1 < args.Count; i++)
        {
            if (args[i] == name)
                return args[i + 1];
        }

        return null;
    }

    /// <param name="Arguments">The required arguments in order: option names, each followed by a placeholder for its value.</param>
    private sealed record Command(string Name, IReadOnlyList<string> Arguments, string Does)
    {
        public string Usage => $"{string.Join(' ', Arguments.Prepend(Name))}  {Does}";

        public bool Fits(IReadOnlyList<string> args) =>
            args.Count > Arguments.Count && Enumerable.Range(0, Arguments.Count).All(i => i % 2 == 1 || args[i + 1] == Arguments[i]);
    }
}
