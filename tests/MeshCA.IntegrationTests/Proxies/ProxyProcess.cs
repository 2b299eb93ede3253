using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using MeshCA.IntegrationTests.Running;

namespace MeshCA.IntegrationTests.Proxies;

/// <summary>A proxy of Debian's in a process of its own.</summary>
internal sealed class ProxyProcess : IAsyncDisposable
{
    private const int LowestPort = 10_000;
    private const string ListeningState = "0A";

    private readonly Process _process;
    private readonly StringBuilder _said = new();

    private ProxyProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += Note;
        process.ErrorDataReceived += Note;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    private string Said
    {
        get
        {
            lock (_said)
            {
                return _said.ToString();
            }
        }
    }

    /// <summary>A port that nobody listens on now, and that the kernel gives to nobody who lets it choose.</summary>
    /// <remarks>
    /// Between this and the proxy's start the service under test, and others beside it, open ports of the kernel's choice and
    /// make connections from such; one of the kernel's own range may be taken by then.
    /// </remarks>
    public static int FreePort()
    {
        var ranges = File.ReadAllText("/proc/sys/net/ipv4/ip_local_port_range").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var end = int.Parse(ranges[0], CultureInfo.InvariantCulture);
        while (true)
        {
            var port = end > LowestPort ? RandomNumberGenerator.GetInt32(LowestPort, end) : 0;
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return ((IPEndPoint)socket.LocalEndPoint!).Port;
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                // Another one, then.
            }
        }
    }

    /// <summary>Starts one and waits until it listens: itself, not somebody else on its port, whose silence a test would take for its answer.</summary>
    public static async Task<ProxyProcess> StartAsync(int port, string program, params string[] arguments)
    {
        try
        {
            var process = Process.Start(new ProcessStartInfo(program, arguments)
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            var proxy = new ProxyProcess(process);
            await Eventually.TrueAsync(() => proxy.Listens(port), $"{program} on port {port}");
            return proxy;
        }
        catch (System.ComponentModel.Win32Exception missing)
        {
            throw new InvalidOperationException($"`{program}` is not installed: run `scripts/install-deps.sh test`", missing);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private bool Listens(int port)
    {
        if (_process.HasExited)
        {
            _process.WaitForExit(); // until all that it said is here
            throw new InvalidOperationException($"{_process.StartInfo.FileName} ended: {Said}");
        }

        var sockets = ListenersOf(port);
        return WithWorkers().Any(process => HoldsOneOf(sockets, process));
    }

    // A proxy with workers may leave the sockets to them.
    private IEnumerable<string> WithWorkers()
    {
        var own = _process.Id.ToString(CultureInfo.InvariantCulture);
        try
        {
            return [own, .. File.ReadAllText($"/proc/{own}/task/{own}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries)];
        }
        catch (IOException)
        {
            return [own]; // kernels may leave the list out
        }
    }

    private static bool HoldsOneOf(HashSet<string> sockets, string process)
    {
        try
        {
            return Directory.EnumerateFileSystemEntries($"/proc/{process}/fd").Any(file => new FileInfo(file).LinkTarget is { } target && sockets.Contains(target));
        }
        catch (IOException)
        {
            return false; // it ends, or closed a file in between
        }
    }

    // As links of open files show them, proc(5).
    private static HashSet<string> ListenersOf(int port) =>
    [
        .. from line in File.ReadLines("/proc/net/tcp").Skip(1)
           let fields = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
           where fields[3] == ListeningState && fields[1].EndsWith($":{port:X4}", StringComparison.Ordinal)
           select $"socket:[{fields[9]}]",
    ];

    private void Note(object sender, DataReceivedEventArgs line)
    {
        lock (_said)
        {
            _said.AppendLine(line.Data);
        }
    }
}
