using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace BrightKitchen.Fixtures;

/// <summary>A program that was started and is ended with its owner; what it says goes into a file.</summary>
public sealed partial class Child : IAsyncDisposable
{
    private const int SigTerm = 15;
    private const int SigStop = 19;
    private const int SigCont = 18;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    private readonly Process process;
    private readonly StreamWriter log;
    private int disposed;
    private readonly TaskCompletionSource<string> firstLine = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Child(ProcessStartInfo start, string name, string logFile)
    {
        Name = name;
        LogFile = logFile;
        log = new(new FileStream(logFile, FileMode.Append, FileAccess.Write, FileShare.ReadWrite)) { AutoFlush = true };
        process = new() { StartInfo = start, EnableRaisingEvents = true };
        process.OutputDataReceived += (_, line) => Take(line.Data);
        process.ErrorDataReceived += (_, line) => Take(line.Data);
        process.Exited += (_, _) => firstLine.TrySetException(new InvalidOperationException(EndedMessage()));
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public string Name { get; }

    public string LogFile { get; }

    public int Id => process.Id;

    public bool Running => Volatile.Read(ref disposed) == 0 && Alive;

    /// <summary>How it ended, with its last lines; null while it runs.</summary>
    public string? Ended => Alive ? null : EndedMessage();

    private bool Alive => !process.HasExited;

    /// <summary>Processor time of it and of what it started, in seconds.</summary>
    public double ProcessorSeconds => ProcessTree.ProcessorSeconds(process.Id);

    /// <summary>Starts a program of this repository.</summary>
    public static Child Dotnet(
        string program,
        string logFile,
        IEnumerable<string> arguments,
        params IEnumerable<(string Name, string Value)> environment
    )
    {
        ArgumentNullException.ThrowIfNull(arguments);
        var dll = Repository.Program(program);
        return File.Exists(dll)
            ? Start("dotnet", program, logFile, [dll, .. arguments], environment)
            : throw new FileNotFoundException($"{program} is not built: run ./run build.");
    }

    public static Child Start(
        string file,
        string name,
        string logFile,
        IEnumerable<string> arguments,
        params IEnumerable<(string Name, string Value)> environment
    )
    {
        ArgumentNullException.ThrowIfNull(environment);
        Directory.CreateDirectory(Path.GetDirectoryName(logFile)!);
        var start = new ProcessStartInfo(file, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (key, value) in environment)
            start.Environment[key] = value;
        return new(start, name, logFile);
    }

    /// <summary>Its first line of output.</summary>
    /// <exception cref="InvalidOperationException">It ended without one.</exception>
    public Task<string> FirstLineAsync(CancellationToken cancel) => firstLine.Task.WaitAsync(Patience, cancel);

    /// <summary>Waits until something listens on a port of loopback.</summary>
    /// <exception cref="InvalidOperationException">The program ended before.</exception>
    /// <exception cref="TimeoutException">It did not within the time.</exception>
    public async Task ListensAsync(int port, CancellationToken cancel)
    {
        for (var since = Stopwatch.StartNew(); since.Elapsed < Patience; await Task.Delay(50, cancel))
        {
            if (!Running)
                throw new InvalidOperationException(EndedMessage());
            using var client = new TcpClient();
            try
            {
                await client.ConnectAsync("127.0.0.1", port, cancel);
                return;
            }
            catch (SocketException)
            {
                // Not there yet.
            }
        }

        throw new TimeoutException($"{Name} does not listen on port {port}; its log is {LogFile}");
    }

    /// <summary>Waits until the address answers with success.</summary>
    /// <exception cref="InvalidOperationException">The program ended before.</exception>
    /// <exception cref="TimeoutException">It did not within the time.</exception>
    public async Task AnswersAsync(Uri address, TimeSpan patience, CancellationToken cancel)
    {
        using var handler = new SocketsHttpHandler();
        using var client = new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(5) };
        for (var since = Stopwatch.StartNew(); since.Elapsed < patience; await Task.Delay(200, cancel))
        {
            if (!Running)
                throw new InvalidOperationException(EndedMessage());
            try
            {
                using var answer = await client.GetAsync(address, cancel);
                if (answer.IsSuccessStatusCode)
                    return;
            }
            catch (Exception e) when (e is HttpRequestException || (e is TaskCanceledException && !cancel.IsCancellationRequested))
            {
                // Not there yet.
            }
        }

        throw new TimeoutException($"{Name} does not answer at {address} after {patience.TotalSeconds:0} s; its log is {LogFile}");
    }

    /// <summary>Waits until it ends by itself.</summary>
    /// <returns>Its exit code.</returns>
    /// <exception cref="TimeoutException">It did not within the time.</exception>
    public async Task<int> ExitAsync(TimeSpan patience, CancellationToken cancel)
    {
        await process.WaitForExitAsync(cancel).WaitAsync(patience, cancel);
        return process.ExitCode;
    }

    /// <summary>Asks it to end, and ends it when it does not.</summary>
    public async Task StopAsync()
    {
        if (Alive)
            _ = Signal(process.Id, SigTerm);
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            await KillAsync();
        }
    }

    /// <summary>As a power cut does.</summary>
    public async Task KillAsync()
    {
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
    }

    /// <summary>Stands still, sockets open, until <see cref="Resume"/>.</summary>
    public void Freeze() => ProcessTree.Of(process.Id).ForEach(id => _ = Signal(id, SigStop));

    public void Resume() => ProcessTree.Of(process.Id).ForEach(id => _ = Signal(id, SigCont));

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref disposed, 1) == 1)
            return;
        if (Alive)
            Resume();
        await StopAsync();
        process.Dispose();
        lock (log)
            log.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Signal(int pid, int signal);

    private void Take(string? line)
    {
        if (line is null)
            return;
        lock (log)
        {
            if (log.BaseStream is { CanWrite: true })
                log.WriteLine(line);
        }

        firstLine.TrySetResult(line);
    }

    private string EndedMessage()
    {
        lock (log)
            return $"{Name} ended by itself "
                + $"({process.ExitCode}):{Environment.NewLine}{string.Join(Environment.NewLine, File.ReadLines(LogFile).TakeLast(25))}";
    }
}
