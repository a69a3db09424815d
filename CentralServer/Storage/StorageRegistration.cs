using Amazon.Runtime;
using Amazon.S3;
using BrightKitchen.CentralServer.Hosting;

namespace BrightKitchen.CentralServer.Storage;

internal static class StorageRegistration
{
    public static void AddObjectStore(this IServiceCollection services, IConfiguration configuration)
    {
        var data = DataFolder.Of(configuration);
        // Validated and registered together with the other settings.
        var options = configuration.GetSection("Storage").Get<StorageOptions>() ?? new();
        if (string.IsNullOrEmpty(options.Bucket))
        {
            services.AddSingleton<IObjectStore>(new DiskStore(data));
            return;
        }

        services.AddSingleton<IAmazonS3>(_ =>
        {
            var s3 = new AmazonS3Config
            {
                AuthenticationRegion = options.Region,
                ForcePathStyle = true,
                // Stores other than Amazon's do not support the newer checksums.
                RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
                ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
            };
            if (string.IsNullOrEmpty(options.Endpoint))
                s3.RegionEndpoint = Amazon.RegionEndpoint.GetBySystemName(options.Region);
            else
                s3.ServiceURL = options.Endpoint;
            return string.IsNullOrEmpty(options.AccessKey)
                ? new AmazonS3Client(s3)
                : new AmazonS3Client(new BasicAWSCredentials(options.AccessKey, options.SecretKey), s3);
        });
        services.AddSingleton<IObjectStore>(s => new S3Store(
            s.GetRequiredService<IAmazonS3>(),
            options,
            Path.Combine(data, "cache"),
            s.GetRequiredService<TimeProvider>(),
            s.GetRequiredService<ILogger<S3Store>>()
        ));
    }
}
