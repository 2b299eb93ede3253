using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace SpiffeIdentity.WorkloadApi;

/// <summary>Where the Workload API is (Workload Endpoint §4): <c>unix:///absolute/path</c> or <c>tcp://ip:port</c>.</summary>
/// <remarks>Immutable. Names are not resolved: whoever answers for a name could hand out any identity.</remarks>
public sealed class WorkloadApiAddress
{
    /// <summary>The environment variable that names the address where nothing else does.</summary>
    public const string EnvironmentVariable = "SPIFFE_ENDPOINT_SOCKET";

    /// <summary>Longest path of a Unix socket in bytes (sun_path less its end).</summary>
    public const int MaxPathLength = 107;

    private const string UnixScheme = "unix:";
    private const string TcpScheme = "tcp:";
    private const string Slashes = "//";

    private readonly string _text;

    private WorkloadApiAddress(string text, EndPoint endPoint)
    {
        _text = text;
        EndPoint = endPoint;
    }

    /// <summary>What to connect to: a <see cref="UnixDomainSocketEndPoint"/> or an <see cref="IPEndPoint"/>.</summary>
    public EndPoint EndPoint { get; }

    /// <summary>Parses an address.</summary>
    /// <param name="text">The address; untrusted.</param>
    /// <param name="address">The address, or null.</param>
    /// <param name="error">The rule that was broken, or <see cref="WorkloadApiAddressError.None"/>.</param>
    /// <returns>Whether the text is an address.</returns>
    public static bool TryParse(
        ReadOnlySpan<char> text, [NotNullWhen(true)] out WorkloadApiAddress? address, out WorkloadApiAddressError error)
    {
        EndPoint? endPoint = null;
        error = text switch
        {
            { IsEmpty: true } => WorkloadApiAddressError.Empty,
            _ when text.StartsWith(UnixScheme, StringComparison.Ordinal) => ParseUnix(text[UnixScheme.Length..], out endPoint),
            _ when text.StartsWith(TcpScheme, StringComparison.Ordinal) => ParseTcp(text[TcpScheme.Length..], out endPoint),
            _ => WorkloadApiAddressError.UnknownScheme,
        };
        address = endPoint is null ? null : new WorkloadApiAddress(text.ToString(), endPoint);
        return address is not null;
    }

    /// <summary>Parses an address from a literal or a test.</summary>
    /// <param name="text">The address.</param>
    /// <returns>The address.</returns>
    /// <exception cref="FormatException">The text is no address; the message says which rule it breaks.</exception>
    public static WorkloadApiAddress Parse(string text) =>
        TryParse(text, out var address, out var error)
            ? address
            : throw new FormatException($"`{text}` is not an address of the Workload API: {Explain(error)}");

    /// <summary>The address to use: the explicit one, else the environment's.</summary>
    /// <param name="explicitAddress">An address that wins over the environment; null for none.</param>
    /// <returns>The address.</returns>
    /// <exception cref="FormatException">It breaks a rule, or there is none at all.</exception>
    internal static WorkloadApiAddress Resolve(string? explicitAddress)
    {
        if (explicitAddress is not null)
        {
            return Parse(explicitAddress);
        }

#pragma warning disable RS0030 // Workload Endpoint §4: the variable is how an environment tells every client.
        var text = Environment.GetEnvironmentVariable(EnvironmentVariable);
#pragma warning restore RS0030
        if (string.IsNullOrEmpty(text))
        {
            throw new FormatException($"no address of the Workload API: {EnvironmentVariable} is not set, and none was given");
        }

        return TryParse(text, out var address, out var error)
            ? address
            : throw new FormatException($"{EnvironmentVariable} `{text}` is not an address of the Workload API: {Explain(error)}");
    }

    /// <summary>The address as it was given.</summary>
    /// <returns>The text that <see cref="TryParse"/> accepts.</returns>
    public override string ToString() => _text;

    private static WorkloadApiAddressError ParseUnix(ReadOnlySpan<char> rest, out EndPoint? endPoint)
    {
        endPoint = null;
        if (!rest.StartsWith(Slashes, StringComparison.Ordinal))
        {
            return WorkloadApiAddressError.NoSlashes;
        }

        var path = rest[Slashes.Length..];
        if (path is not ['/', _, ..])
        {
            // Go's client takes unix://host/path in places: the host would be dropped without a word.
            return path.IsEmpty || path is "/" ? WorkloadApiAddressError.NoPath : WorkloadApiAddressError.UnixAuthority;
        }

        if (path.IndexOfAny('?', '#') >= 0)
        {
            return WorkloadApiAddressError.QueryOrFragment;
        }

        if (path.Contains('\0') || path.Contains('%'))
        {
            return WorkloadApiAddressError.BadPath; // one reading only: no escapes
        }

        if (System.Text.Encoding.UTF8.GetByteCount(path) > MaxPathLength)
        {
            return WorkloadApiAddressError.PathTooLong;
        }

        endPoint = new UnixDomainSocketEndPoint(path.ToString());
        return WorkloadApiAddressError.None;
    }

    private static WorkloadApiAddressError ParseTcp(ReadOnlySpan<char> rest, out EndPoint? endPoint)
    {
        endPoint = null;
        if (!rest.StartsWith(Slashes, StringComparison.Ordinal))
        {
            return WorkloadApiAddressError.NoSlashes;
        }

        var authority = rest[Slashes.Length..];
        if (authority.IndexOfAny('?', '#') >= 0)
        {
            return WorkloadApiAddressError.QueryOrFragment;
        }

        if (authority.IndexOfAny('/', '@') is >= 0 and var at)
        {
            return authority[at] == '@' ? WorkloadApiAddressError.UserInformation : WorkloadApiAddressError.TcpPath;
        }

        var colon = authority.LastIndexOf(':');
        if (colon < 0 || authority[^1] == ']')
        {
            return WorkloadApiAddressError.NoPort;
        }

        if (!ushort.TryParse(authority[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port == 0)
        {
            return WorkloadApiAddressError.BadPort;
        }

        if (!TryParseIp(authority[..colon], out var ip))
        {
            return WorkloadApiAddressError.NotAnIp;
        }

        endPoint = new IPEndPoint(ip, port);
        return WorkloadApiAddressError.None;
    }

    // Only what prints back as it was read: the platform's parser also takes `127.1` and `0x7f000001`.
    private static bool TryParseIp(ReadOnlySpan<char> host, [NotNullWhen(true)] out IPAddress? ip)
    {
        var bracketed = host is ['[', .., ']'];
        var literal = bracketed ? host[1..^1] : host;
        return IPAddress.TryParse(literal, out ip)
            && (ip.AddressFamily == AddressFamily.InterNetworkV6
                ? bracketed && !literal.ContainsAny('[', ']')
                : !bracketed && literal.SequenceEqual(ip.ToString()));
    }

    internal static string Explain(WorkloadApiAddressError error) => error switch
    {
        WorkloadApiAddressError.Empty => "it is empty",
        WorkloadApiAddressError.UnknownScheme => "it begins with neither `unix://` nor `tcp://`",
        WorkloadApiAddressError.NoSlashes => "two slashes must follow the scheme",
        WorkloadApiAddressError.NoPath => "it names no socket; write `unix:///absolute/path`",
        WorkloadApiAddressError.UnixAuthority => "the path must be absolute: three slashes after `unix:`",
        WorkloadApiAddressError.BadPath => "the path holds `%` or a zero character",
        WorkloadApiAddressError.PathTooLong => $"the path is longer than {MaxPathLength} bytes",
        WorkloadApiAddressError.QueryOrFragment => "it has a query or a fragment",
        WorkloadApiAddressError.UserInformation => "it has user information",
        WorkloadApiAddressError.TcpPath => "a TCP address has no path",
        WorkloadApiAddressError.NoPort => "the port is missing",
        WorkloadApiAddressError.BadPort => "the port is not a number from 1 to 65535",
        WorkloadApiAddressError.NotAnIp => "the host is not an IP address",
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}

/// <summary>The rule of Workload Endpoint §4 that an address breaks.</summary>
public enum WorkloadApiAddressError
{
    /// <summary>No rule is broken.</summary>
    None,

    /// <summary>The text is empty.</summary>
    Empty,

    /// <summary>The scheme is neither <c>unix</c> nor <c>tcp</c>; named pipes are not supported.</summary>
    UnknownScheme,

    /// <summary>The scheme is not followed by two slashes.</summary>
    NoSlashes,

    /// <summary>A Unix address without a path.</summary>
    NoPath,

    /// <summary>A Unix address with something between the second and the third slash.</summary>
    UnixAuthority,

    /// <summary>The path of a Unix socket holds a percent sign or a zero character.</summary>
    BadPath,

    /// <summary>The path of a Unix socket exceeds <see cref="WorkloadApiAddress.MaxPathLength"/>.</summary>
    PathTooLong,

    /// <summary>There is a query or a fragment.</summary>
    QueryOrFragment,

    /// <summary>A TCP address with user information.</summary>
    UserInformation,

    /// <summary>A TCP address with a path.</summary>
    TcpPath,

    /// <summary>A TCP address without a port.</summary>
    NoPort,

    /// <summary>The port is not a number from 1 to 65535.</summary>
    BadPort,

    /// <summary>The host of a TCP address is no IP address in its usual form.</summary>
    NotAnIp,
}
