using System.ComponentModel.DataAnnotations;
using BrightKitchen.CentralServer.Hosting;

namespace BrightKitchen.CentralServer.Audit;

/// <summary>Where the audit log's signed head is exported; the section <c>Audit</c>.</summary>
public sealed class AuditOptions
{
    public const string Section = "Audit";

    /// <summary>
    /// A file to which a line is added, of each server its own; <c>audit-heads.jws</c> in <c>Data</c> by default. It proves most where
    /// whoever can change the database cannot change it: another machine's mount, or a folder that only takes appends.
    /// </summary>
    public string? HeadFile { get; set; }

    /// <summary>
    /// How often, where there are new lines; lines after the last export can be cut unnoticed. 10 minutes by default, 1 second to 1 day.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan HeadEvery { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>What is wrong in it, each with the key first.</summary>
    internal IEnumerable<string?> Faults() =>
        [
            .. Setting.Annotated(this),
            Directory.Exists(HeadFile) ? $"{nameof(HeadFile)} is '{HeadFile}': it must be a file, and is a folder" : null,
        ];
}
