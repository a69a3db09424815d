namespace BrightKitchen.EdgeAgent.Tools;

/// <summary>A command line of options (<c>--name value</c>), flags (<c>--name</c>) and positional arguments.</summary>
internal sealed class ToolArguments
{
    private readonly Dictionary<string, string> options = [];

    /// <param name="valued">The options that take a value.</param>
    /// <param name="flags">The options that take no value.</param>
    /// <exception cref="ToolException">An option is unknown or lacks its value.</exception>
    public ToolArguments(IReadOnlyList<string> args, IReadOnlyList<string> valued, IReadOnlyList<string> flags)
    {
        var words = new List<string>();
        for (var i = 0; i < args.Count; i++)
        {
            if (!args[i].StartsWith("--", StringComparison.Ordinal))
                words.Add(args[i]);
            else if (flags.Contains(args[i][2..]))
                options[args[i][2..]] = "";
            else if (!valued.Contains(args[i][2..]))
                throw new ToolException(
                    $"There is no option {args[i]}; there are {string.Join(", ", valued.Concat(flags).Select(o => "--" + o))}."
                );
            else if (++i == args.Count)
                throw new ToolException($"{args[i - 1]} needs a value.");
            else
                options[args[i - 1][2..]] = args[i];
        }

        Words = words;
    }

    public IReadOnlyList<string> Words { get; }

    public string? this[string option] => options.GetValueOrDefault(option);

    public string Need(string option) => this[option] ?? throw new ToolException($"--{option} is missing.");

    public bool Has(string flag) => options.ContainsKey(flag);
}

/// <summary>A command failed; the message gives the reason and the remedy.</summary>
internal sealed class ToolException(string message, Exception? inner = null) : Exception(message, inner);
