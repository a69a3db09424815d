using System.Net;
using BrightKitchen.EdgeAgent.Host;
using BrightKitchen.EdgeAgent.Installer.Onvif;

namespace BrightKitchen.EdgeAgent.Installer;

internal static class InstallerRegistration
{
    private const int LargestRequest = 256 * 1024;

    /// <summary>
    /// Registers the installer's services and the agent's addresses: the configured <c>urls</c>, and the installer's HTTPS port unless it
    /// is 0.
    /// </summary>
    /// <exception cref="InvalidDataException">An address is not http://HOST:PORT.</exception>
    public static void AddInstaller(this WebApplicationBuilder builder, InstallerOptions options, AgentFolders folders)
    {
        builder.Services.AddSingleton(options).AddSingleton<AdminAccess>().AddSingleton<DeviceSearch>().AddSingleton<StreamTest>();
        builder.Services.AddOnvif();
        var addresses = (builder.Configuration["urls"] ?? "http://127.0.0.1:5081")
            .Split(';', StringSplitOptions.RemoveEmptyEntries)
            .Select(BindingAddress.Parse)
            .ToList();
        if (addresses.Find(a => a.Scheme != Uri.UriSchemeHttp || a.IsUnixPipe || a.IsNamedPipe) is { } other)
            throw new InvalidDataException(
                $"urls has '{other}': the edge agent's own addresses are http://HOST:PORT; HTTPS is served on Installer:Port."
            );
        builder
            .WebHost.UseUrls()
            .ConfigureKestrel(kestrel =>
            {
                kestrel.Limits.MaxRequestBodySize = LargestRequest;
                kestrel.AddServerHeader = false;
                // Endpoints that are configured in code replace --urls: both are configured here.
                foreach (var address in addresses)
                {
                    if (IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip))
                        kestrel.Listen(ip, address.Port);
                    else if (address.Host == "localhost")
                        kestrel.ListenLocalhost(address.Port);
                    else
                        kestrel.ListenAnyIP(address.Port);
                }

                if (options.Port != 0)
                    kestrel.ListenAnyIP(options.Port, listen =>
                        listen.UseHttps(InstallerCertificate.ReadOrMake(folders, TimeProvider.System))
                    );
            });
    }

    /// <summary>
    /// Registers the ONVIF client. A hostile camera cannot redirect it to another host, and its responses are limited in time and size.
    /// </summary>
    public static void AddOnvif(this IServiceCollection services) =>
        services
            .AddSingleton<Soap>()
            .AddSingleton<OnvifDevice>()
            .AddHttpClient(Soap.Client)
            .ConfigurePrimaryHttpMessageHandler(() =>
                new SocketsHttpHandler
                {
                    AllowAutoRedirect = false,
                    UseCookies = false,
                    UseProxy = false,
                    ConnectTimeout = TimeSpan.FromSeconds(3),
                    MaxResponseHeadersLength = 16,
                    AutomaticDecompression = DecompressionMethods.None,
                }
            );
}
