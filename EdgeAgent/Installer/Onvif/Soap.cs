using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace BrightKitchen.EdgeAgent.Installer.Onvif;

/// <summary>Communication with a device failed; the message gives the reason, without secrets.</summary>
internal sealed class OnvifException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>
/// SOAP 1.2 requests to a device, authenticated with a WS-Security password digest when there is a user. Responses are limited in size
/// (1 MiB), depth (64) and time (6 s).
/// </summary>
internal sealed class Soap(IHttpClientFactory clients, TimeProvider time)
{
    public const string Client = "onvif";
    private const int LongestAnswer = 1 << 20;
    private const int DeepestAnswer = 64;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(6);
    private static readonly XmlReaderSettings Bounded = new()
    {
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
        MaxCharactersInDocument = LongestAnswer,
    };
    private static readonly XNamespace Envelope = "http://www.w3.org/2003/05/soap-envelope";

    /// <summary>An XML document without a DTD and at most 64 levels deep; null when the bytes are not one.</summary>
    public static XDocument? Parse(byte[] bytes)
    {
        try
        {
            // Check the depth first, without building a tree: unbounded nesting would overflow the stack.
            using (var look = XmlReader.Create(new MemoryStream(bytes), Bounded))
            {
                while (look.Read())
                {
                    if (look.Depth > DeepestAnswer)
                        return null;
                }
            }

            using var reader = XmlReader.Create(new MemoryStream(bytes), Bounded);
            return XDocument.Load(reader);
        }
        catch (XmlException)
        {
            return null;
        }
    }

    /// <summary>The body of the response.</summary>
    /// <param name="behind">How far the device's clock is behind this one; the device validates digests by its own clock.</param>
    /// <exception cref="OnvifException">No response, a refusal, or a response that is not SOAP.</exception>
    public async Task<XElement> AskAsync(Uri service, string body, string? user, string? password, TimeSpan behind, CancellationToken stop)
    {
        using var client = clients.CreateClient(Client);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        end.CancelAfter(Patience);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, service)
            {
                Content = new StringContent(Wrap(body, user, password, behind), Encoding.UTF8),
            };
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse("application/soap+xml; charset=utf-8");
            using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, end.Token);
            if (answer.StatusCode == HttpStatusCode.Unauthorized)
                throw new OnvifException("the camera refuses the user or password");
            var document = Parse(await BoundedAsync(answer, end.Token))
                ?? throw new OnvifException("the camera's response is not SOAP; enable ONVIF in its settings");
            if (document.Descendants(Envelope + "Fault").FirstOrDefault() is { } fault)
            {
                var why = fault.Value.Trim();
                throw new OnvifException(
                    why.Contains("NotAuthorized", StringComparison.OrdinalIgnoreCase)
                    || why.Contains("authority", StringComparison.OrdinalIgnoreCase)
                        ? "the camera refuses the user or password"
                        : $"the camera reports: {(why.Length > 200 ? why[..200] : why)}"
                );
            }

            return document.Root?.Element(Envelope + "Body") ?? throw new OnvifException("the camera's SOAP response has no body");
        }
        catch (OperationCanceledException e) when (!stop.IsCancellationRequested)
        {
            throw new OnvifException($"the camera does not answer within {Patience.TotalSeconds:0} s", e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or System.Net.Sockets.SocketException)
        {
            throw new OnvifException($"the camera cannot be queried: {e.Message}", e);
        }
    }

    private static async Task<byte[]> BoundedAsync(HttpResponseMessage answer, CancellationToken stop)
    {
        await using var stream = await answer.Content.ReadAsStreamAsync(stop);
        var bytes = new byte[LongestAnswer + 1];
        var length = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, stop);
        return length <= LongestAnswer ? bytes[..length] : throw new OnvifException("the camera's response is too long");
    }

    private string Wrap(string body, string? user, string? password, TimeSpan behind)
    {
        var header = "";
        if (!string.IsNullOrEmpty(user))
        {
            var nonce = RandomNumberGenerator.GetBytes(16);
            var created = (time.GetUtcNow() - behind).ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
#pragma warning disable CA5350 // The digest of WS-Security's UsernameToken is SHA-1; cameras know no other.
            var digest = SHA1.HashData([.. nonce, .. Encoding.UTF8.GetBytes(created), .. Encoding.UTF8.GetBytes(password ?? "")]);
#pragma warning restore CA5350
            const string wss = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-";
            header =
                $"<s:Header><w:Security xmlns:w=\"{wss}wssecurity-secext-1.0.xsd\" xmlns:u=\"{wss}wssecurity-utility-1.0.xsd\" "
                + "s:mustUnderstand=\"1\"><w:UsernameToken>"
                + $"<w:Username>{WebUtility.HtmlEncode(user)}</w:Username><w:Password "
                + $"Type=\"{wss}username-token-profile-1.0#PasswordDigest\">{Convert.ToBase64String(digest)}</w:Password>"
                + $"<w:Nonce EncodingType=\"{wss}soap-message-security-1.0#Base64Binary\">{Convert.ToBase64String(nonce)}</w:Nonce>"
                + $"<u:Created>{created}</u:Created></w:UsernameToken></w:Security></s:Header>";
        }

        return $"<?xml version=\"1.0\" encoding=\"utf-8\"?><s:Envelope xmlns:s=\"{Envelope}\">{header}<s:Body>{body}</s:Body></s:Envelope>";
    }
}
