using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using BrightKitchen.CentralServer.Audit;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Devices;
using BrightKitchen.CentralServer.Findings;
using BrightKitchen.CentralServer.Findings.Life;
using BrightKitchen.CentralServer.Pictures;
using BrightKitchen.CentralServer.Sealing;
using BrightKitchen.CentralServer.Sites;
using BrightKitchen.Contracts;
using BrightKitchen.Sealing;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Evidence;

/// <summary>
/// Packs all data of a finding into a zip file sealed with the server's key: still, clip, pictures, the edge agent's chain, the audit log's
/// entries and a readable summary. <c>./run verify</c> verifies it offline.
/// </summary>
internal sealed class FindingPackage(
    CentralDb db,
    SiteScope scope,
    EvidenceFiles files,
    PictureFiles pictures,
    AuditLog audit,
    Sealer sealer,
    IServiceProvider services,
    ILoggerFactory loggers,
    TimeProvider time
)
{
    private const int LongestStretch = 2000;
    private const string SummaryName = "summary.html";
    private const string LifeName = "life.json";

    /// <summary>A temporary file that is deleted when closed; null if the finding is outside the caller's scope.</summary>
    public async Task<FileStream?> PackAsync(FindingId id, CancellationToken cancel)
    {
        if (await FindingView.FindAsync(db, (await scope.FindingsAsync(cancel)).AsNoTracking(), id.ToString(), cancel) is not { } view)
            return null;
        using var key = await sealer.KeyAsync(cancel);
        // Recorded before the package is returned, and contained in it.
        await audit.WriteAsync(
            [new(scope.Me, AuditActions.Export, view.Site.Id, $"finding/{id}", $"sealed by {Jws.Fingerprint(key)}")],
            cancel
        );
        // The package contains unblurred pictures: no other user of this machine may read it.
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
            BufferSize = 1 << 16,
            Options = FileOptions.DeleteOnClose | FileOptions.Asynchronous,
        };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var into = new FileStream(Path.Combine(Path.GetTempPath(), $"brightkitchen-{Guid.NewGuid():N}.zip"), options);
        try
        {
            await WriteAsync(into, view, id, key, cancel);
            into.Position = 0;
            return into;
        }
        catch
        {
            await into.DisposeAsync();
            throw;
        }
    }

    private async Task WriteAsync(Stream into, FindingView view, FindingId id, ECDsa key, CancellationToken cancel)
    {
        var steps = await db.FindingSteps.AsNoTracking().Where(s => s.FindingId == id.ToString()).OrderBy(s => s.Id).ToListAsync(cancel);
        var lines = await db
            .AuditEntries.AsNoTracking()
            .Where(e => e.Subject == $"finding/{id}")
            .OrderBy(e => e.Number)
            .ToListAsync(cancel);
        var chain = await ChainAsync(view.Finding, cancel);
        var boxKey = await db.Boxes.Where(b => b.Id == view.Finding.BoxId).Select(b => b.PublicKey).SingleAsync(cancel);
        using var zip = new SealedZip(into);
        foreach (var (part, name) in new[] { (EvidencePart.Still, "still.jpg"), (EvidencePart.Clip, "clip.mp4") })
        {
            await using var file = await files.OpenAsync(id, part, cancel);
            if (file is not null)
                await zip.PutAsync(PackageFiles.Part(id, name), file, cancel);
        }

        foreach (var digest in steps.Select(s => s.Picture).OfType<string>().Distinct())
        {
            if (await pictures.FindAsync(digest, cancel) is var (bytes, type))
                zip.Put(PackageFiles.Part(id, PictureName(digest, type)), bytes);
        }

        zip.Put(PackageFiles.Chain, Encoding.ASCII.GetBytes(string.Concat(chain.Select(c => c.Text + "\n"))));
        zip.Put(PackageFiles.Audit, Encoding.UTF8.GetBytes(string.Concat(lines.Select(l => JsonSerializer.Serialize(l.Line) + "\n"))));
        zip.Put(
            LifeName,
            JsonSerializer.SerializeToUtf8Bytes(
                new
                {
                    view.Finding,
                    Site = view.Site.Name,
                    Steps = steps,
                }
            )
        );
        zip.Put(
            SummaryName,
            Encoding.UTF8.GetBytes(await SummaryAsync(view, steps, lines, await Proof.OfAsync(db, view.Finding, cancel), key))
        );
        zip.Seal(
            put => new PackageSeal(
                Convert.ToBase64String(key.ExportSubjectPublicKeyInfo()),
                time.GetUtcNow(),
                chain.Count == 0 ? 0 : chain[0].Number,
                chain.Count == 0 ? 0 : chain[^1].Number,
                chain.Count == 0 ? Manifest.Nothing : chain[^1].Hash,
                put,
                boxKey,
                [id]
            ),
            key
        );
    }

    public static string PictureName(string digest, string type) => $"{digest[..16]}.{(type == "image/png" ? "png" : "jpg")}";

    // The chain from the finding's first entry to its last, so that each is shown to follow the one before. If that range has a break or is
    // too long, the sealing entry alone.
    private async Task<List<ChainEntry>> ChainAsync(Finding finding, CancellationToken cancel)
    {
        var own = await db
            .ChainEntries.AsNoTracking()
            .Where(e => e.BoxId == finding.BoxId && e.FindingId == finding.Id)
            .OrderBy(e => e.Number)
            .ToListAsync(cancel);
        if (own.Count == 0)
            return [];
        var (first, last) = (own[0].Number, own[^1].Number);
        var stretch = await db
            .ChainEntries.AsNoTracking()
            .Where(e => e.BoxId == finding.BoxId && e.Number >= first && e.Number <= last)
            .OrderBy(e => e.Number)
            .Take(LongestStretch + 1)
            .ToListAsync(cancel);
        var whole = stretch.Count == last - first + 1 && stretch.Skip(1).All(e => !e.Breaks);
        return whole ? stretch : [own.Find(e => e.What == ManifestKinds.Evidence) ?? own[0]];
    }

    private async Task<string> SummaryAsync(
        FindingView view,
        IReadOnlyList<FindingStep> steps,
        IReadOnlyList<AuditEntry> lines,
        Proof proof,
        ECDsa key
    )
    {
        await using var renderer = new HtmlRenderer(services, loggers);
        return await renderer.Dispatcher.InvokeAsync(async () =>
        {
            var values = ParameterView.FromDictionary(
                new Dictionary<string, object?>
                {
                    [nameof(PackageSummary.View)] = view,
                    [nameof(PackageSummary.Steps)] = steps,
                    [nameof(PackageSummary.Lines)] = lines,
                    [nameof(PackageSummary.Proof)] = proof,
                    [nameof(PackageSummary.Fingerprint)] = Jws.Fingerprint(key),
                    [nameof(PackageSummary.PackedAt)] = time.GetUtcNow(),
                }
            );
            return "<!DOCTYPE html>\n" + (await renderer.RenderComponentAsync<PackageSummary>(values)).ToHtmlString();
        });
    }
}
