using BrightKitchen.CentralServer.Hosting;

namespace BrightKitchen.CentralServer.Storage;

/// <summary>Where evidence and pictures lie, from the section <c>Storage</c>; on this machine's disk where no bucket is named.</summary>
public sealed class StorageOptions
{
    /// <summary>The bucket of an S3-compatible store; it must be there.</summary>
    public string? Bucket { get; set; }

    /// <summary>The store's address, such as <c>https://s3.example.org</c>; Amazon's own where empty.</summary>
    public string? Endpoint { get; set; }

    public string Region { get; set; } = "us-east-1";

    /// <summary>Where empty, the environment's or the machine's credentials are taken, as the AWS SDK finds them.</summary>
    public string? AccessKey { get; set; }

    public string? SecretKey { get; set; }

    /// <summary>How much of the store is kept on this machine's disk to be read from, in bytes.</summary>
    public long CacheBytes { get; set; } = 2L << 30;

    /// <summary>What is wrong in it, each with the key first.</summary>
    internal IEnumerable<string?> Faults() =>
        [
            CacheBytes > 0 ? null : $"{nameof(CacheBytes)} is {CacheBytes}: it must be more than 0",
            string.IsNullOrEmpty(Endpoint) || Setting.IsWeb(Endpoint)
                ? null
                : $"{nameof(Endpoint)} is '{Endpoint}': it must be an http or https address",
            string.IsNullOrEmpty(AccessKey) == string.IsNullOrEmpty(SecretKey)
                ? null
                : $"{nameof(AccessKey)} and {nameof(SecretKey)} go together: one of them is empty",
            string.IsNullOrEmpty(Bucket) && !string.IsNullOrEmpty(Endpoint)
                ? $"{nameof(Bucket)} is empty although {nameof(Endpoint)} is set: evidence would be stored on this machine"
                : null,
        ];
}
