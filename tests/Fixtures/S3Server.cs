namespace BrightKitchen.Fixtures;

/// <summary>A server of Amazon's S3 protocol on loopback (npm's s3rver, which ./run test installs), with one bucket.</summary>
public sealed class S3Server : IAsyncDisposable
{
    /// <summary>What s3rver takes for credentials, both halves.</summary>
    public const string Credential = "S3RVER";

    private readonly Child child;

    private S3Server(Child child, int port, string bucket) => (this.child, Endpoint, Bucket) = (child, $"http://127.0.0.1:{port}", bucket);

    public string Endpoint { get; }

    public string Bucket { get; }

    /// <summary>Settings of a server that keeps its files here.</summary>
    public IReadOnlyList<string> Arguments =>
        ["--Storage:Bucket", Bucket, "--Storage:Endpoint", Endpoint, "--Storage:AccessKey", Credential, "--Storage:SecretKey", Credential];

    /// <param name="port">The same one for a second start in the folder.</param>
    public static async Task<S3Server> StartAsync(string folder, int port, CancellationToken cancel)
    {
        var program = Repository.Npm("s3rver/bin/s3rver.js");
        Directory.CreateDirectory(Path.Combine(folder, "s3"));
        var child = Child.Start(
            "node",
            "s3rver",
            Path.Combine(folder, "s3rver.log"),
            [
                program,
                "-d",
                Path.Combine(folder, "s3"),
                "-a",
                "127.0.0.1",
                "-p",
                $"{port}",
                "--no-vhost-buckets",
                "--configure-bucket",
                "evidence",
            ]
        );
        await child.ListensAsync(port, cancel);
        return new(child, port, "evidence");
    }

    public ValueTask DisposeAsync() => child.DisposeAsync();
}
