using BrightKitchen.CentralServer.Hosting;

namespace BrightKitchen.CentralServer.Storage;

/// <summary>Storage of evidence and pictures, section <c>Storage</c>; without a bucket the disk of this machine is used.</summary>
public sealed class StorageOptions
{
    /// <summary>Bucket of an S3-compatible store; it must exist.</summary>
    public string? Bucket { get; set; }

    /// <summary>URL of the store, such as <c>https://s3.example.org</c>; empty for Amazon S3.</summary>
    public string? Endpoint { get; set; }

    public string Region { get; set; } = "us-east-1";

    /// <summary>Access key; if empty, the AWS SDK looks for credentials in the environment and on the machine.</summary>
    public string? AccessKey { get; set; }

    public string? SecretKey { get; set; }

    /// <summary>Size of the local read cache in bytes.</summary>
    public long CacheBytes { get; set; } = 2L << 30;

    /// <summary>Configuration errors, each beginning with the key; null entries are settings without an error.</summary>
    internal IEnumerable<string?> Faults() =>
        [
            CacheBytes > 0 ? null : $"{nameof(CacheBytes)} is {CacheBytes}: it must be more than 0",
            string.IsNullOrEmpty(Endpoint) || Setting.IsWeb(Endpoint)
                ? null
                : $"{nameof(Endpoint)} is '{Endpoint}': it must be an http or https address",
            string.IsNullOrEmpty(AccessKey) == string.IsNullOrEmpty(SecretKey)
                ? null
                : $"{nameof(AccessKey)} and {nameof(SecretKey)} must both be set or both be empty",
            string.IsNullOrEmpty(Bucket) && !string.IsNullOrEmpty(Endpoint)
                ? $"{nameof(Bucket)} is empty although {nameof(Endpoint)} is set: evidence would be stored on this machine; set both or "
                    + "neither"
                : null,
        ];
}
