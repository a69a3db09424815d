using System.ComponentModel.DataAnnotations;
using BrightKitchen.CentralServer.Hosting;

namespace BrightKitchen.CentralServer.Audit;

/// <summary>Export of the audit log's signed head; the section <c>Audit</c>.</summary>
public sealed class AuditOptions
{
    public const string Section = "Audit";

    /// <summary>
    /// The file that heads are appended to, a separate one for each server; <c>audit-heads.jws</c> in <c>Data</c> by default. It proves
    /// most where those who can change the database cannot change it: on another machine's mount, or in an append-only folder.
    /// </summary>
    public string? HeadFile { get; set; }

    /// <summary>
    /// Interval of the export if there are new entries; entries after the last export can be truncated unnoticed. 10 minutes by default, 1
    /// second to 1 day.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan HeadEvery { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Errors in the settings, each starting with the key; null for a valid setting.</summary>
    internal IEnumerable<string?> Faults() =>
        [
            .. Setting.Annotated(this),
            Directory.Exists(HeadFile) ? $"{nameof(HeadFile)} is '{HeadFile}': it must be a file, not a folder" : null,
        ];
}
