using System.CommandLine;
using System.Globalization;
using System.IO;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Serialization;
using Grpc.Core;
using MeshCA.Requesting;
using MeshCA.Storage;
using MeshCA.Wire.Identity;

namespace MeshCA.Admin;

/// <summary><c>meshca bundle watch</c>: follows the trust bundle as a program does, and prints what comes, a line each.</summary>
internal sealed class BundleWatchVerb(TimeProvider clock) : IAdminVerb
{
    private readonly Option<Uri> _address = new Option<Uri>("--address", "-a")
    {
        Description = "The CA, as https://host:port",
        DefaultValueFactory = _ => new Uri("https://localhost:15012"),
    }.AsUrl(Uri.UriSchemeHttps);

    private readonly Option<string> _roots = new("--roots", "-r")
    {
        Description = "PEM file with the roots that the CA's serving certificate chains to (see `bundle show`)",
        Required = true,
    };

    private readonly Option<string> _serverName = new("--server-name") { Description = "DNS name of the serving certificate (default: the address's host)" };
    private readonly Option<string> _token = new("--token", "-t") { Description = "File with the service-account token; `-` is standard input" };
    private readonly Option<string> _identity = new("--identity") { Description = "Directory with cert-chain.pem and key.pem, where there is no token" };
    private readonly Option<string> _cluster = new("--cluster-id") { Description = "Cluster of the token's issuer", DefaultValueFactory = _ => "" };
    private readonly Option<string> _instance = new("--instance") { Description = "Tells consumers of one identity apart (default: the pod)", DefaultValueFactory = _ => "" };
    private readonly Option<bool> _acknowledge = new("--acknowledge") { Description = "Tell the service that each bundle is in use once it is printed, and with --revocations that bans and lists are in force" };
    private readonly Option<bool> _revocations = new("--revocations") { Description = "Follow bans and revocation lists too" };
    private readonly Option<int> _count = new("--count", "-n") { Description = "End after so many lines; 0: with the stream", DefaultValueFactory = _ => 0 };

    /// <inheritdoc />
    public string Name => "bundle watch";

    /// <inheritdoc />
    public string Description => "Follow the trust bundle, and print each as it is published";

    /// <inheritdoc />
    public IEnumerable<Symbol> Parameters =>
        [_address, _roots, _serverName, _token, _identity, _cluster, _instance, _acknowledge, _revocations, _count];

    /// <inheritdoc />
    public async Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken)
    {
        if (arguments.GetValue(_token) is null == arguments.GetValue(_identity) is null)
        {
            output.Fail("one of --token and --identity is needed");
            return ExitCode.Usage;
        }

        try
        {
            return await WatchAsync(arguments, output, cancellationToken);
        }
        catch (Exception e) when (e is CryptographicException or InvalidDataException)
        {
            output.Fail(e.Message);
            return ExitCode.Invalid;
        }
        catch (RpcException e) when (!cancellationToken.IsCancellationRequested)
        {
            output.Fail(RpcFailures.Describe(e.Status));
            return RpcFailures.ToExitCode(e.StatusCode);
        }
        catch (RpcException)
        {
            return ExitCode.Interrupted;
        }
    }

    private async Task<ExitCode> WatchAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken)
    {
        using var channel = TlsChannel.Open(
            arguments.GetRequiredValue(_address),
            CredentialFiles.ReadCertificates(arguments.GetRequiredValue(_roots)),
            arguments.GetValue(_serverName),
            arguments.GetValue(_identity) is { } directory ? ReadIdentity(directory) : null);
        using var watch = await BundleWatch.OpenAsync(
            new TrustBundles.TrustBundlesClient(channel),
            new()
            {
                Instance = arguments.GetRequiredValue(_instance),
                Revocations = arguments.GetValue(_revocations),
                AcknowledgesRevocations = arguments.GetValue(_acknowledge),
            },
            new CallOptions(ReadHeaders(arguments, output.Console), cancellationToken: cancellationToken));
        var (printed, count, takes) = (0, arguments.GetValue(_count), false);
        await foreach (var message in watch.ReadAsync(cancellationToken))
        {
            if (printed > 0 && printed == count)
            {
                continue; // more came before the service heard that we are done
            }

            Print(message, output);
            if (message.Bundle is { } bundle && arguments.GetValue(_acknowledge))
            {
                takes = message.TakesRevocationAcknowledgements;
                await watch.AcknowledgeAsync(bundle, cancellationToken);
            }
            else if (message.Revocations is { } state && takes)
            {
                await watch.SayAsync(new() { AcknowledgeRevocations = new() { Revision = state.Revision } }, cancellationToken);
            }

            if (++printed == count)
            {
                // Read on to the end all the same: by then what was acknowledged has arrived.
                await watch.CompleteAsync(cancellationToken);
            }
        }

        return ExitCode.Ok;
    }

    private void Print(WatchResponse message, AdminOutput output)
    {
        if (message.Bundle is { } bundle)
        {
            output.WriteLine(BundleLine.Of(bundle, clock.GetUtcNow()), BundleWatchJson.Default.BundleLine, Render);
        }
        else
        {
            output.WriteLine(RevocationLine.Of(message.Revocations, clock.GetUtcNow()), BundleWatchJson.Default.RevocationLine, RevocationLine.Render);
        }
    }

    private Metadata ReadHeaders(ParseResult arguments, AdminConsole console)
    {
        var headers = new Metadata();
        if (arguments.GetValue(_token) is { } file)
        {
            headers.Add("authorization", "Bearer " + CredentialFiles.ReadToken(file, console));
        }

        if (arguments.GetRequiredValue(_cluster) is { Length: > 0 } cluster)
        {
            headers.Add("clusterid", cluster);
        }

        return headers;
    }

    private static SslStreamCertificateContext ReadIdentity(string directory) => CredentialFiles.Read(
        Path.Combine(directory, CredentialDirectory.ChainFile), Path.Combine(directory, CredentialDirectory.KeyFile));

    private static string Render(BundleLine line)
    {
        var tainted = line.TaintedKeyIds.Count > 0 ? $"; compromised: {string.Join(' ', line.TaintedKeyIds)}" : "";
        return AdminOutput.Printable(string.Create(
            CultureInfo.InvariantCulture,
            $"{line.Time:u}  {line.TrustDomain}  sequence {line.Sequence}  roots: {string.Join(' ', line.Authorities)}{tainted}"));
    }
}

/// <summary>A bundle as <c>meshca bundle watch</c> prints it.</summary>
/// <param name="Time">When it came.</param>
/// <param name="TrustDomain">Whose it is.</param>
/// <param name="Sequence">Its sequence.</param>
/// <param name="Authorities">The subject key identifiers of its roots.</param>
/// <param name="TaintedKeyIds">Those of authorities whose keys were declared compromised.</param>
internal sealed record BundleLine(
    DateTimeOffset Time, string TrustDomain, ulong Sequence, IReadOnlyList<string> Authorities, IReadOnlyList<string> TaintedKeyIds)
{
    /// <summary>Takes one off the wire.</summary>
    /// <exception cref="CryptographicException">A root is no certificate.</exception>
    public static BundleLine Of(TrustBundle bundle, DateTimeOffset now) => new(
        now, bundle.TrustDomain, bundle.Sequence, [.. bundle.X509Authorities.Select(root => KeyIdOf(root.Span))], [.. bundle.TaintedKeyIds]);

    private static string KeyIdOf(ReadOnlySpan<byte> der)
    {
        using var certificate = X509CertificateLoader.LoadCertificate(der);
        return certificate.Extensions.OfType<X509SubjectKeyIdentifierExtension>().FirstOrDefault()?.SubjectKeyIdentifier?.ToLowerInvariant()
            ?? certificate.GetCertHashString(HashAlgorithmName.SHA256).ToLowerInvariant();
    }
}

/// <summary>JSON of <see cref="BundleLine"/> and <see cref="RevocationLine"/>: one line each.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(BundleLine))]
[JsonSerializable(typeof(RevocationLine))]
internal sealed partial class BundleWatchJson : JsonSerializerContext;
