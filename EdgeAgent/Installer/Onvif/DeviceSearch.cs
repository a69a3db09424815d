using System.Collections.Concurrent;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Text;
using System.Xml.Linq;

namespace BrightKitchen.EdgeAgent.Installer.Onvif;

/// <summary>A camera that responded.</summary>
/// <param name="Service">Address of its device service.</param>
/// <param name="Name">The name that it reports, at most 80 characters.</param>
internal sealed record FoundDevice(Uri Service, string Name, string Host);

/// <summary>Discovers ONVIF cameras by WS-Discovery (a SOAP probe over UDP multicast, OASIS 2005/04).</summary>
internal sealed class DeviceSearch(InstallerOptions options)
{
    private const int MostAnswers = 256;
    private const int LongestAnswer = 16 * 1024;
    private static readonly IPEndPoint Group = new(IPAddress.Parse("239.255.255.250"), 3702);
    private static readonly XNamespace Discovery = "http://schemas.xmlsoap.org/ws/2005/04/discovery";

    /// <summary>All devices that respond within <paramref name="time"/>; invalid responses are ignored.</summary>
    public async Task<IReadOnlyList<FoundDevice>> FindAsync(TimeSpan time, CancellationToken stop)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        end.CancelAfter(time);
        var found = new ConcurrentDictionary<Uri, FoundDevice>();
        await Task.WhenAll(Ways().Select(w => AskAsync(w.From, w.To, found, end.Token)));
        stop.ThrowIfCancellationRequested();
        return [.. found.Values.OrderBy(d => d.Host, StringComparer.Ordinal)];
    }

    /// <summary>Parses a response of at most 16 KiB without entities or DTDs; null when it is invalid.</summary>
    internal static FoundDevice? Read(ReadOnlySpan<byte> datagram)
    {
        if (datagram.Length is 0 or > LongestAnswer || Soap.Parse(datagram.ToArray()) is not { } document)
            return null;
        var match = document.Descendants(Discovery + "ProbeMatch").FirstOrDefault();
        var address = match
            ?.Element(Discovery + "XAddrs")
            ?.Value.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
            .Select(a => Uri.TryCreate(a, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" ? uri : null)
            .FirstOrDefault(u => u is not null && IPAddress.TryParse(u.Host.Trim('[', ']'), out var ip) && AdminAccess.IsNear(ip));
        if (address is null)
            return null;
        var scopes = match!.Element(Discovery + "Scopes")?.Value.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) ?? [];
        const string name = "onvif://www.onvif.org/name/";
        var called = scopes.FirstOrDefault(s => s.StartsWith(name, StringComparison.OrdinalIgnoreCase)) is { } scope
            ? Uri.UnescapeDataString(scope[name.Length..])
            : address.Host;
        return new(address, called.Length > 80 ? called[..80] : called, address.Host);
    }

    private static string Question() =>
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><e:Envelope xmlns:e=\"http://www.w3.org/2003/05/soap-envelope\" "
        + "xmlns:w=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\" "
        + "xmlns:d=\"http://schemas.xmlsoap.org/ws/2005/04/discovery\" xmlns:n=\"http://www.onvif.org/ver10/network/wsdl\"><e:Header>"
        + $"<w:MessageID>uuid:{Guid.NewGuid()}</w:MessageID><w:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</w:To>"
        + "<w:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</w:Action></e:Header>"
        + "<e:Body><d:Probe><d:Types>n:NetworkVideoTransmitter</d:Types></d:Probe></e:Body></e:Envelope>";

    private static async Task AskAsync(IPAddress from, IPEndPoint to, ConcurrentDictionary<Uri, FoundDevice> found, CancellationToken stop)
    {
        try
        {
            using var socket = new UdpClient(new IPEndPoint(from, 0));
            var question = Encoding.UTF8.GetBytes(Question());
            await socket.SendAsync(question, to, stop);
            await Task.Delay(100, stop);
            // UDP loses datagrams: send the probe twice.
            await socket.SendAsync(question, to, stop);
            while (found.Count < MostAnswers)
            {
                var answer = await socket.ReceiveAsync(stop);
                if (Read(answer.Buffer) is { } device)
                    found.TryAdd(device.Service, device);
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            // The interface is unavailable, or the time is over.
        }
    }

    private IEnumerable<(IPAddress From, IPEndPoint To)> Ways()
    {
        foreach (
            var card in NetworkInterface
                .GetAllNetworkInterfaces()
                .Where(n => n.OperationalStatus is OperationalStatus.Up or OperationalStatus.Unknown)
        )
        {
            foreach (var own in card.GetIPProperties().UnicastAddresses.Where(a => a.Address.AddressFamily == AddressFamily.InterNetwork))
                yield return (own.Address, Group);
        }

        foreach (var host in options.AlsoAsk)
        {
            if (IPEndPoint.TryParse(host, out var end) && AdminAccess.IsNear(end.Address))
                yield return (IPAddress.Any, end.Port == 0 ? new(end.Address, Group.Port) : end);
        }
    }
}
