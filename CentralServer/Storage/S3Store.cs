using System.Net;
using System.Runtime.CompilerServices;
using Amazon.S3;
using Amazon.S3.Model;

namespace BrightKitchen.CentralServer.Storage;

/// <summary>
/// Stores objects in an S3 bucket, which several servers share. Objects that are read are cached on this machine up to a size limit, so
/// that range requests do not reach the bucket.
/// </summary>
internal sealed partial class S3Store(IAmazonS3 s3, StorageOptions options, string cache, TimeProvider time, ILogger<S3Store> logger)
    : IObjectStore
{
    private int trimming;

    public async Task StoreAsync(string file, string key, CancellationToken cancel)
    {
        await using (var content = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, useAsync: true))
            await s3.PutObjectAsync(
                new PutObjectRequest
                {
                    BucketName = options.Bucket,
                    Key = key,
                    InputStream = content,
                    AutoCloseStream = false,
                    UseChunkEncoding = false,
                },
                cancel
            );
        // Deleted only now: after an earlier failure the file is still in place for another attempt.
        File.Delete(file);
    }

    public async Task<long?> LengthAsync(string key, CancellationToken cancel) => (await MetadataAsync(key, cancel))?.ContentLength;

    public async Task<DateTimeOffset?> StoredAtAsync(string key, CancellationToken cancel) =>
        (await MetadataAsync(key, cancel))?.LastModified is { } at ? new DateTimeOffset(at.ToUniversalTime()) : null;

    private async Task<GetObjectMetadataResponse?> MetadataAsync(string key, CancellationToken cancel)
    {
        try
        {
            return await s3.GetObjectMetadataAsync(options.Bucket, key, cancel);
        }
        catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    public async Task<FileStream?> OpenAsync(string key, CancellationToken cancel)
    {
        var path = Path.Combine(cache, key.Replace('/', '_'));
        if (TryOpen(path) is { } here)
            return here;
        Directory.CreateDirectory(cache);
        var growing = $"{path}.{Guid.NewGuid():N}.part";
        try
        {
            using var answer = await s3.GetObjectAsync(options.Bucket, key, cancel);
            await using var file = new FileStream(growing, FileMode.CreateNew, FileAccess.Write);
            await answer.ResponseStream.CopyToAsync(file, cancel);
            file.Close();
            File.Move(growing, path, overwrite: true);
        }
        catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }
        finally
        {
            File.Delete(growing);
        }

        var opened = TryOpen(path);
        Trim();
        return opened;
    }

    public async Task RemoveAsync(string key, CancellationToken cancel)
    {
        await s3.DeleteObjectAsync(options.Bucket, key, cancel);
        File.Delete(Path.Combine(cache, key.Replace('/', '_')));
    }

    public async IAsyncEnumerable<string> KeysAsync(string below, [EnumeratorCancellation] CancellationToken cancel)
    {
        string? next = null;
        do
        {
            var page = await s3.ListObjectsV2Async(
                new ListObjectsV2Request
                {
                    BucketName = options.Bucket,
                    Prefix = below + "/",
                    ContinuationToken = next,
                },
                cancel
            );
            foreach (var found in page.S3Objects ?? [])
                yield return found.Key;
            next = page.IsTruncated == true ? page.NextContinuationToken : null;
        } while (next is not null);
    }

    private FileStream? TryOpen(string path)
    {
        try
        {
            var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1 << 16, useAsync: true);
            File.SetLastWriteTimeUtc(path, time.GetUtcNow().UtcDateTime);
            return file;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    // Removes the least recently read files first; files that are open stay readable.
    private void Trim()
    {
        if (Interlocked.Exchange(ref trimming, 1) == 1)
            return;
        try
        {
            var files = new DirectoryInfo(cache)
                .GetFiles()
                .Where(f => f.Extension != ".part")
                .OrderByDescending(f => f.LastWriteTimeUtc)
                .ToList();
            var total = 0L;
            foreach (var file in files)
            {
                if ((total += file.Length) > options.CacheBytes)
                    file.Delete();
            }
        }
        catch (IOException e)
        {
            NotTrimmed(e.Message);
        }
        finally
        {
            Volatile.Write(ref trimming, 0);
        }
    }

    [LoggerMessage(LogLevel.Warning, "The cache of the object store cannot be trimmed: {Reason}")]
    private partial void NotTrimmed(string reason);
}
