using System.Text.RegularExpressions;

namespace BrightKitchen.Fixtures;

/// <summary>
/// Debian's nginx in front of central servers, with the configuration that is shipped: only addresses, certificates and folders are others,
/// and it logs what it had kept.
/// </summary>
public sealed partial class NginxServer : IAsyncDisposable
{
    private readonly Child child;
    private readonly string folder;

    private NginxServer(Child child, string folder, Uri address) => (this.child, this.folder, Address) = (child, folder, address);

    public Uri Address { get; }

    public Child Child => child;

    /// <summary>What was answered so far: path and <c>MISS</c>, <c>HIT</c> or <c>-</c>.</summary>
    public IReadOnlyList<(string Path, string Cache)> Answered =>
        [
            .. File.ReadAllLines(Path.Combine(folder, "access.log"))
                .Select(l => l.Split(' '))
                .Where(l => l.Length == 2)
                .Select(l => (l[0], l[1])),
        ];

    /// <param name="folder">Of its own, made and deleted.</param>
    /// <param name="files">Served beside as they lie there, under <c>/bench-files/</c>.</param>
    /// <param name="tls">Certificate and key (PEM), to listen as it does in production; plain HTTP without.</param>
    /// <param name="others">Further servers beside the first.</param>
    public static async Task<NginxServer> StartAsync(
        string folder,
        Uri server,
        CancellationToken cancel,
        string? files = null,
        (string Certificate, string Key)? tls = null,
        IReadOnlyList<Uri>? others = null
    )
    {
        ArgumentNullException.ThrowIfNull(server);
        Directory.CreateDirectory(folder);
        var port = LoopbackPort.Free();
        var shipped = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "nginx.conf"), cancel);
        var adapted = Adaptations()
            .Replace(shipped, m => m.Value.Split(';')[0].Trim().Split(' ')[0] switch
                {
                    "listen" => $"listen 127.0.0.1:{port}{(tls is null ? "" : " ssl http2")};",
                    "ssl_certificate" when tls is { } pair => $"ssl_certificate {pair.Certificate};",
                    "ssl_certificate_key" when tls is { } pair => $"ssl_certificate_key {pair.Key};",
                    "server" => string.Join(' ', (others ?? []).Prepend(server).Select(s => $"server {s.Authority};")),
                    "proxy_cache_path" => $"proxy_cache_path {folder}/cache levels=1 keys_zone=live:8m max_size=256m inactive=30s "
                        + "use_temp_path=off;",
                    _ => "",
                });
        adapted = adapted.Replace(
            "access_log off;",
            "log_format kept '$uri $upstream_cache_status'; log_subrequest on; access_log "
                + $"{(files is null ? $"{folder}/access.log kept" : "off")}; client_body_temp_path {folder}/body; proxy_temp_path "
                + $"{folder}/temp;",
            StringComparison.Ordinal
        );
        if (files is not null)
            adapted = adapted.Replace(
                "location / {",
                $"location /bench-files/ {{ alias {files}/; }}\n        " + "location / {",
                StringComparison.Ordinal
            );
        var configuration = Path.Combine(folder, "nginx.conf");
        await File.WriteAllTextAsync(configuration, adapted, cancel);
        var user = Environment.UserName == "root" ? "user root;" : "";
        var child = Child.Start(
            "/usr/sbin/nginx",
            "nginx",
            Path.Combine(folder, "nginx.log"),
            ["-c", configuration, "-p", folder, "-e", "stderr", "-g", $"daemon off; {user} pid {folder}/nginx.pid;"]
        );
        await child.ListensAsync(port, cancel);
        return new(child, folder, new($"{(tls is null ? "http" : "https")}://127.0.0.1:{port}"));
    }

    public async ValueTask DisposeAsync()
    {
        await child.DisposeAsync();
        Directory.Delete(folder, true);
    }

    // What the configuration says to change, and what this older nginx does not know.
    [GeneratedRegex(@"(?m)^ *(listen|server|proxy_cache_path|http2|ssl_certificate|ssl_certificate_key) [^{\n]*# ?here.*$")]
    private static partial Regex Adaptations();
}
