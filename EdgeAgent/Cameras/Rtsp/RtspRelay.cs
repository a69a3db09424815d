using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace BrightKitchen.EdgeAgent.Cameras.Rtsp;

/// <summary>
/// One RTSP session with a camera, relayed to one player (ffmpeg) on loopback. The relay answers the camera's authentication challenges
/// itself, so that no credentials reach the player (ffmpeg uses the last challenge offered and supports MD5 only); it also knows the
/// camera's own error responses, and the stream's description before the player starts. Over TCP it forwards the packets unchanged; over
/// UDP they go from the camera directly to the player.
/// </summary>
internal sealed partial class RtspRelay : IAsyncDisposable
{
    private const int MostTries = 3;
    private const int MostCallers = 8;
    private static readonly TimeSpan FirstRequest = TimeSpan.FromSeconds(5);
    private readonly CameraUrl url;
    private readonly RtspSignIn? signIn;
    private readonly TimeSpan patience;
    private readonly Stream camera;
    private readonly TcpClient client;
    private readonly RtspReader fromCamera;
    private readonly TcpListener listener;
    private readonly string token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
    private readonly CancellationTokenSource end;
    private readonly SemaphoreSlim toCamera = new(1);
    private readonly SemaphoreSlim toPlayer = new(1);
    private readonly ConcurrentDictionary<int, Pending> pending = new();
    private Task serving = Task.CompletedTask;
    private string verbs = "OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN";
    private int number,
        videoChannel = -1;
    private StreamFault? fault;

    private RtspRelay(CameraUrl url, StreamAddress address, TcpClient client, Stream camera, TimeSpan patience, CancellationToken stop)
    {
        (this.url, this.client, this.camera, this.patience) = (url, client, camera, patience);
        signIn =
            address.User is { } user ? new(user, address.Password ?? "")
            : url.Credentials() is var (own, secret) ? new(own, secret)
            : null;
        fromCamera = new(camera);
        end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        // RTP over UDP reaches the player over the address family of the camera's connection.
        var overV6 =
            client.Client.RemoteEndPoint is IPEndPoint { Address: { IsIPv4MappedToIPv6: false, AddressFamily: var family } }
            && family == AddressFamily.InterNetworkV6;
        listener = new(overV6 ? IPAddress.IPv6Loopback : IPAddress.Loopback, 0);
    }

    /// <summary>The URL that the player opens; its path is a random token that only the player receives.</summary>
    public string Url { get; private set; } = "";

    public VideoTrack Video { get; private set; } = null!;

    public KeyFrames Frames { get; private set; } = null!;

    /// <summary>Whether the camera accepted PLAY.</summary>
    public bool Playing { get; private set; }

    /// <summary>Why the camera's side ended; null while it is running.</summary>
    public StreamFault? Fault => Volatile.Read(ref fault);

    /// <summary>Connects, signs in and requests the stream's description.</summary>
    /// <param name="patience">Time limit for the connection, and for each response.</param>
    /// <exception cref="RtspFaultException">The camera cannot be read.</exception>
    public static async Task<RtspRelay> OpenAsync(StreamAddress address, TimeSpan patience, TimeProvider time, CancellationToken stop)
    {
        var url = CameraUrl.Parse(address.Url) ?? throw new RtspFaultException(RtspFault.NotReached);
        RtspRelay? relay = null;
        var client = new TcpClient { NoDelay = true };
        try
        {
            Stream stream;
            using (var limit = CancellationTokenSource.CreateLinkedTokenSource(stop))
            {
                limit.CancelAfter(patience);
                try
                {
                    await client.ConnectAsync(url.Host, url.Port, limit.Token);
                }
                catch (OperationCanceledException) when (!stop.IsCancellationRequested)
                {
                    throw new RtspFaultException(RtspFault.NotReached);
                }

                stream = client.GetStream();
                if (url.Tls)
                    stream = await SecureAsync(stream, url.Host, limit.Token);
            }

            relay = new(url, address, client, stream, patience, stop);
            await relay.AskAsync(time, stop);
            relay.listener.Start(MostCallers);
            relay.Url = $"rtsp://{relay.listener.LocalEndpoint}/{relay.token}";
            relay.serving = relay.ServeAsync(relay.end.Token);
            return relay;
        }
        catch (Exception e)
            when (!stop.IsCancellationRequested
                && e
                    is RtspFaultException
                        or SocketException
                        or IOException
                        or InvalidDataException
                        or System.Security.Authentication.AuthenticationException
                        or OperationCanceledException
            )
        {
            var reason = e is OperationCanceledException ? RtspFault.NoAnswer : RtspFault.Of(e);
            if (relay is not null)
                await relay.DisposeAsync();
            client.Dispose();
            throw new RtspFaultException(reason);
        }
        catch
        {
            if (relay is not null)
                await relay.DisposeAsync();
            client.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await end.CancelAsync();
        listener.Dispose();
        await serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await camera.DisposeAsync();
        client.Dispose();
        end.Dispose();
        toCamera.Dispose();
        toPlayer.Dispose();
    }

    // Cameras use self-signed certificates: the password is protected by digest authentication.
    [SuppressMessage("Security", "CA5359", Justification = "Cameras use self-signed certificates.")]
    private static async Task<Stream> SecureAsync(Stream stream, string host, CancellationToken stop)
    {
        var secure = new SslStream(stream, leaveInnerStreamOpen: false, (_, _, _, _) => true);
        await secure.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = host }, stop);
        return secure;
    }

    private async Task AskAsync(TimeProvider time, CancellationToken stop)
    {
        // Some cameras refuse OPTIONS and serve everything else, so that its status is ignored except for redirects.
        var options = await CallAsync("OPTIONS", [], stop);
        if (options.Status is >= 300 and < 400)
            throw new RtspFaultException(RtspFault.Redirected);
        verbs = options["Public"] ?? verbs;
        var described = await CallAsync("DESCRIBE", [("Accept", "application/sdp")], stop);
        if (described.Status != 200)
            throw new RtspFaultException(RtspFault.Of(described.Status, signIn is not null));
        var from = described["Content-Base"] is { Length: > 0 } given ? given : url.Request;
        Video = VideoTrack.Of(Encoding.UTF8.GetString(described.Body), from) ?? throw new RtspFaultException(RtspFault.NoVideo);
        Frames = new(Video.Codec, time);
    }

    // A request of the relay itself, before a player is connected.
    private async Task<RtspMessage> CallAsync(string method, IReadOnlyList<(string Name, string Value)> headers, CancellationToken stop)
    {
        for (var tries = 0; ; tries++)
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
            limit.CancelAfter(patience);
            await SendAsync(new(method, url.Request, headers, [], "", tries), limit.Token);
            var answer = (await fromCamera.NextAsync(limit.Token) ?? throw new RtspFaultException(RtspFault.Closed)).Message
                ?? throw new InvalidDataException("Media packets arrived before the RTSP response.");
            // The request is answered. Where a camera omits CSeq, its later responses would otherwise be matched to this request.
            pending.Clear();
            if (answer.Status == 401 && tries < MostTries && signIn is not null && signIn.Learn(answer.All("WWW-Authenticate")))
                continue;
            if (answer.Status is >= 200 and < 300)
                signIn?.Accepted();
            return answer;
        }
    }

    private async Task ServeAsync(CancellationToken stop)
    {
        try
        {
            var player = await PlayerAsync(stop);
            using var client = player.Client;
            using var both = CancellationTokenSource.CreateLinkedTokenSource(stop);
            var stream = client.GetStream();
            var (up, down) = (UpAsync(player.Reader, player.First, stream, both.Token), DownAsync(stream, both.Token));
            await Task.WhenAny(up, down);
            await both.CancelAsync();
            await Task.WhenAll(up, down).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        catch (Exception e)
            when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException or InvalidDataException)
        {
            // The player disconnected, or the relay is closing.
        }
    }

    // Any process on this machine can connect: a silent client must not delay the player. Once the player is connected, no other client is
    // accepted.
    private async Task<Player> PlayerAsync(CancellationToken stop)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var callers = new List<Task<Player?>>();
        var next = listener.AcceptTcpClientAsync(over.Token).AsTask();
        try
        {
            while (true)
            {
                var first = await Task.WhenAny(callers.Count < MostCallers ? callers.Append<Task>(next) : callers);
                if (first == next)
                {
                    callers.Add(HearAsync(await next, over.Token));
                    next = listener.AcceptTcpClientAsync(over.Token).AsTask();
                    continue;
                }

                var heard = callers.Single(c => c == first);
                callers.Remove(heard);
                if (await heard is { } player)
                    return player;
            }
        }
        finally
        {
            await over.CancelAsync();
            listener.Stop();
            // Clients accepted at the last moment are closed too.
            await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (next.IsCompletedSuccessfully)
                (await next).Dispose();
            foreach (var caller in callers)
                (await caller)?.Client.Dispose();
        }
    }

    // Rejects a client that does not know the token or sends nothing.
    private async Task<Player?> HearAsync(TcpClient caller, CancellationToken stop)
    {
        try
        {
            caller.NoDelay = true;
            var reader = new RtspReader(caller.GetStream());
            if (await FirstAsync(reader, stop) is { } first && IsOurs(first.Target))
                return new(caller, reader, first);
            await SendAwayAsync(caller.GetStream(), stop);
        }
        catch (Exception e)
            when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
        {
            // Already disconnected.
        }

        caller.Dispose();
        return null;
    }

    // Compares the whole path: a path that merely contains the token is not the player's.
    private bool IsOurs(string target) =>
        Uri.TryCreate(target, UriKind.Absolute, out var asked)
        && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(asked.AbsolutePath.Trim('/')), Encoding.UTF8.GetBytes(token));

    private static async Task SendAwayAsync(NetworkStream stranger, CancellationToken stop)
    {
        try
        {
            await stranger.WriteAsync("RTSP/1.0 404 Not Found\r\n\r\n"u8.ToArray(), stop);
        }
        catch (IOException)
        {
            // Already disconnected.
        }
    }

    private static async Task<RtspMessage?> FirstAsync(RtspReader reader, CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(FirstRequest);
        try
        {
            return (await reader.NextAsync(limit.Token))?.Message;
        }
        catch (Exception e) when (!stop.IsCancellationRequested && e is OperationCanceledException or IOException or InvalidDataException)
        {
            return null;
        }
    }

    // Player to camera.
    private async Task UpAsync(RtspReader reader, RtspMessage first, Stream player, CancellationToken stop)
    {
        await TakeAsync(first, player, stop);
        while (await reader.NextAsync(stop) is var (message, packets))
        {
            if (message is not null)
                await TakeAsync(message, player, stop);
            else
                await WriteAsync(camera, toCamera, packets, stop);
        }
    }

    private async Task TakeAsync(RtspMessage request, Stream player, CancellationToken stop)
    {
        var sequence = request["CSeq"] ?? "0";
        if (!Playing && request.Method is "OPTIONS" or "DESCRIBE")
        {
            var local =
                request.Method == "OPTIONS"
                    ? new RtspMessage("RTSP/1.0 200 OK", [("CSeq", sequence), ("Public", verbs)], [])
                    : new RtspMessage(
                        "RTSP/1.0 200 OK",
                        [("CSeq", sequence), ("Content-Type", "application/sdp")],
                        Video.Describe(Url + "/video")
                    );
            await WriteAsync(player, toPlayer, local.Bytes(), stop);
            return;
        }

        var target = request.Method == "SETUP" ? Video.Track : Video.Session;
        var headers = request.Headers.Where(h => h.Name.ToUpperInvariant() is not ("CSEQ" or "USER-AGENT" or "AUTHORIZATION")).ToList();
        await SendAsync(new(request.Method, target, headers, request.Body, sequence, 0), stop);
    }

    private async Task SendAsync(Pending request, CancellationToken stop)
    {
        var own = Interlocked.Increment(ref number);
        pending[own] = request;
        var headers = new List<(string Name, string Value)>
        {
            ("CSeq", own.ToString(CultureInfo.InvariantCulture)),
            ("User-Agent", "BrightKitchen"),
        };
        headers.AddRange(request.Headers);
        if (signIn?.Header(request.Method, request.Target) is { } answer)
            headers.Add(("Authorization", answer));
        await WriteAsync(
            camera,
            toCamera,
            new RtspMessage($"{request.Method} {request.Target} RTSP/1.0", headers, request.Body).Bytes(),
            stop
        );
    }

    // Camera to player.
    private async Task DownAsync(Stream player, CancellationToken stop)
    {
        try
        {
            while (await fromCamera.NextAsync(stop) is var (message, packets))
            {
                if (message is null)
                {
                    Watch(packets.Span);
                    await WriteAsync(player, toPlayer, packets, stop);
                }
                else if (message.Status != 0)
                    await PassOnAsync(message, player, stop);
            }

            End(RtspFault.Closed);
        }
        catch (Exception e) when (e is IOException or InvalidDataException && !stop.IsCancellationRequested)
        {
            End(RtspFault.Of(e));
        }
    }

    private async Task PassOnAsync(RtspMessage response, Stream player, CancellationToken stop)
    {
        // Some cameras omit CSeq: the response then belongs to the oldest pending request.
        var own =
            int.TryParse(response["CSeq"], NumberStyles.None, CultureInfo.InvariantCulture, out var given) && pending.ContainsKey(given)
                ? given
                : pending.Keys.DefaultIfEmpty(-1).Min();
        if (!pending.TryRemove(own, out var request))
            return;
        if (response.Status == 401 && request.Tries < MostTries && signIn is not null && signIn.Learn(response.All("WWW-Authenticate")))
        {
            await SendAsync(request with { Tries = request.Tries + 1 }, stop);
            return;
        }

        if (response.Status is >= 200 and < 300)
        {
            signIn?.Accepted();
            Playing |= request.Method == "PLAY";
        }
        else if (request.Method is "SETUP" or "PLAY")
            End(RtspFault.Of(response.Status, signIn is not null));

        var headers = response
            .Headers.Where(h =>
                h.Name.ToUpperInvariant() is not ("CSEQ" or "WWW-AUTHENTICATE" or "CONTENT-BASE" or "CONTENT-LOCATION" or "LOCATION")
            )
            .Select(h =>
                h.Name.ToUpperInvariant() switch
                {
                    "TRANSPORT" => (h.Name, TransportOf(h.Value)),
                    "RTP-INFO" => (h.Name, h.Value.Replace(Video.Track, Url + "/video", StringComparison.Ordinal)),
                    _ => h,
                }
            );
        await WriteAsync(player, toPlayer, response.With(response.Start, headers.Prepend(("CSeq", request.Sequence))).Bytes(), stop);
    }

    private string TransportOf(string transport)
    {
        if (Interleaved().Match(transport) is { Success: true } channels)
            videoChannel = int.Parse(channels.Groups[1].Value, CultureInfo.InvariantCulture);
        // Otherwise the player would expect RTP from the relay's address.
        else if (
            !transport.Contains("source=", StringComparison.OrdinalIgnoreCase)
            && client.Client.RemoteEndPoint is IPEndPoint { Address: var from }
        )
            transport += $";source={(from.IsIPv4MappedToIPv6 ? from.MapToIPv4() : from)}";
        return transport;
    }

    private void Watch(ReadOnlySpan<byte> packets)
    {
        for (var at = 0; at + RtspReader.Lead <= packets.Length; )
        {
            var length = (packets[at + 2] << 8) | packets[at + 3];
            if (packets[at + 1] == videoChannel)
                Frames.Packet(packets.Slice(at + RtspReader.Lead, length));
            at += RtspReader.Lead + length;
        }
    }

    private void End(StreamFault why) => Interlocked.CompareExchange(ref fault, why, null);

    private static async Task WriteAsync(Stream to, SemaphoreSlim turn, ReadOnlyMemory<byte> bytes, CancellationToken stop)
    {
        await turn.WaitAsync(stop);
        try
        {
            await to.WriteAsync(bytes, stop);
        }
        finally
        {
            turn.Release();
        }
    }

    [GeneratedRegex(@"interleaved=(\d{1,3})", RegexOptions.IgnoreCase)]
    private static partial Regex Interleaved();

    private sealed record Player(TcpClient Client, RtspReader Reader, RtspMessage First);

    /// <param name="Sequence">The player's CSeq of the request.</param>
    private sealed record Pending(
        string Method,
        string Target,
        IReadOnlyList<(string Name, string Value)> Headers,
        byte[] Body,
        string Sequence,
        int Tries
    );
}
