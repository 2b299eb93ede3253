using System.IO;
using System.Net.Http;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using MeshCA.Authentication.Development;
using MeshCA.Authentication.Tokens;
using MeshCA.Configuration;
using MeshCA.Cryptography;
using MeshCA.Hosting;
using MeshCA.Requesting;
using MeshCA.Storage;
using MeshCA.Storage.Queries;

namespace MeshCA.Demo;

/// <summary>The main job on embedded defaults: two workloads get certificates over the wire and talk mTLS; every step checks itself.</summary>
/// <param name="directory">An empty directory for store and credentials.</param>
/// <param name="clock">The clock.</param>
/// <param name="report">Is told each step as it ends.</param>
internal sealed class DemoRun(string directory, TimeProvider clock, Action<DemoStep> report)
{
    private const int Attempts = 50;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(10);
    private readonly List<DemoStep> _steps = [];

    /// <summary>Runs every step; stops at the first that fails.</summary>
    public async Task<IReadOnlyList<DemoStep>> RunAsync(CancellationToken cancellationToken)
    {
        var data = Path.Combine(directory, "store");
        using var issuer = DevTokenIssuer.OpenOrCreate(data, clock);
        var settings = Gather(data);
        var start = await MeshServer.StartAsync(
            settings, new ServerSetUp { Clock = clock, MoreIssuers = [DevTokenIssuer.ToOptions(data)] }, cancellationToken);
        if (start is not ServerStart.Started(var server))
        {
            return Fail("start the service", string.Join("; ", ((ServerStart.Refused)start).Faults));
        }

        await using (server)
        {
            Pass("start the service", $"CSR service on {server.MeshAddress.Authority}, root and intermediate made, store in a temporary directory");
            if (!await TrustAsync(server, cancellationToken) || !await IssueAsync(server, issuer, cancellationToken))
            {
                return _steps;
            }

            _ = await ConnectAsync(cancellationToken)
                && await RefuseAsync(server, issuer, cancellationToken)
                && await ListAsync(data, cancellationToken)
                && await VerifyAsync(data, cancellationToken)
                && Add(await new RotationDemo(Path.Combine(directory, "rotation"), clock).RunAsync(cancellationToken));
            await server.StopAsync(cancellationToken);
        }

        return _steps;
    }

    private static Microsoft.Extensions.Configuration.IConfiguration Gather(string data)
    {
        var defaults = new Dictionary<string, string?>
        {
            ["Storage:DirectoryPath"] = data,
            ["Storage:CreateKeyEncryptionKey"] = "true",
            ["Server:Address"] = "127.0.0.1",
            ["Server:Port"] = "0",
            ["Server:HttpAddress"] = "127.0.0.1",
            ["Server:HttpPort"] = "0",
            ["Logging:LogLevel:Default"] = "Critical",
        };
        return Settings.TryGather(defaults, null, [], out var settings, out var fault)
            ? settings
            : throw new InvalidOperationException(fault);
    }

    private string RootsFile => Path.Combine(directory, "roots.pem");

    private async Task<bool> TrustAsync(MeshServer server, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { Timeout = CallTimeout };
        var bundle = await http.GetStringAsync(new Uri(server.HttpAddress, "/bundle.pem"), cancellationToken);
        await File.WriteAllTextAsync(RootsFile, bundle, cancellationToken);
        return await WaitUntilReadyAsync(http, new Uri(server.HttpAddress, "/healthz/ready"), cancellationToken) is { } complaint
            ? FailStep("fetch the trust bundle", complaint)
            : Pass("fetch the trust bundle", "the service is ready; its roots come over HTTP");
    }

    // The issuer's keys are read in the background, so ready may come a moment after started.
    private async Task<string?> WaitUntilReadyAsync(HttpClient http, Uri readiness, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            using var answer = await http.GetAsync(readiness, cancellationToken);
            if (answer.IsSuccessStatusCode)
            {
                return null;
            }

            if (attempt == Attempts)
            {
                return await answer.Content.ReadAsStringAsync(cancellationToken);
            }

            await Task.Delay(Pause, clock, cancellationToken);
        }
    }

    private async Task<bool> IssueAsync(MeshServer server, DevTokenIssuer issuer, CancellationToken cancellationToken)
    {
        foreach (var (name, algorithm) in ((string, KeyAlgorithm)[])[("frontend", KeyAlgorithm.EcdsaP256), ("backend", KeyAlgorithm.Rsa)])
        {
            var step = $"issue a certificate for {name}";
            using var key = WorkloadKey.Generate(algorithm);
            try
            {
                var answer = await CallAsync(server, key, Mint(issuer, name, TokenIssuerOptions.DefaultAudience), cancellationToken);
                if (!IssuedChain.TryCreate(answer, key.ExportSubjectPublicKeyInfo(), clock.GetUtcNow(), out var chain, out var fault))
                {
                    return FailStep(step, fault);
                }

                var home = Path.Combine(directory, name);
                CredentialDirectory.Write(home, key.ToPem(), chain.ChainPem, chain.BundlePem);
                if (await OpenSslPeers.VerifyAsync(home, cancellationToken) is { } complaint)
                {
                    return FailStep(step, "openssl verify: " + complaint);
                }

                Pass(step, $"{chain.Svid.Id} until {chain.Svid.NotAfter:u}, {algorithm} key; openssl verifies the chain");
            }
            catch (RpcException e)
            {
                return FailStep(step, e.Message);
            }
        }

        return true;
    }

    private async Task<bool> ConnectAsync(CancellationToken cancellationToken)
    {
        const string Step = "mutual TLS between them (openssl)";
        var complaint = await OpenSslPeers.HandshakeAsync(
            Path.Combine(directory, "backend"), Path.Combine(directory, "frontend"), cancellationToken);
        return complaint is null
            ? Pass(Step, "both sides demanded and verified the other's certificate; a message and its reply went through")
            : FailStep(Step, complaint);
    }

    private async Task<bool> RefuseAsync(MeshServer server, DevTokenIssuer issuer, CancellationToken cancellationToken)
    {
        const string Step = "refuse a token that is for somebody else";
        using var key = WorkloadKey.Generate(KeyAlgorithm.EcdsaP256);
        try
        {
            await CallAsync(server, key, Mint(issuer, "frontend", "another-service"), cancellationToken);
            return FailStep(Step, "the token was accepted");
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.Unauthenticated)
        {
            return await ReasonAsync(Step, e.Status.Detail, cancellationToken);
        }
        catch (RpcException e)
        {
            return FailStep(Step, e.Message);
        }
    }

    // The caller learns only that it was refused; the audit says why.
    private async Task<bool> ReasonAsync(string step, string told, CancellationToken cancellationToken)
    {
        using var store = new StoreInspection(Store(Path.Combine(directory, "store")));
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var page = await store.FindEventsAsync(new AuditQuery { Action = "csr.refused" }, cancellationToken);
            if (page.Entries is [var entry, ..])
            {
                return Pass(step, $"the caller is told `{told}`; the audit says `{entry.Event.Detail}`");
            }

            await Task.Delay(Pause, clock, cancellationToken);
        }

        return FailStep(step, "the refusal is not in the audit");
    }

    private async Task<bool> ListAsync(string data, CancellationToken cancellationToken)
    {
        const string Step = "list what was issued";
        using var store = new StoreInspection(Store(data));
        var page = await store.FindRecordsAsync(new JournalQuery(), cancellationToken);
        var kinds = string.Join(", ", page.Entries.Reverse().Select(entry => $"{entry.Sequence} {entry.Record.Kind}"));
        return page.Entries.Count == 5
            ? Pass(Step, $"the journal holds {kinds}")
            : FailStep(Step, $"5 records were expected, the journal holds {kinds}");
    }

    private async Task<bool> VerifyAsync(string data, CancellationToken cancellationToken)
    {
        const string Step = "verify the audit";
        using var store = new StoreInspection(Store(data));
        var verdict = await store.VerifyAsync(null, cancellationToken);
        return verdict.IsIntact
            ? Pass(Step, $"{verdict.JournalRecords} records and {verdict.AuditEvents} events, chained and under {verdict.Checkpoints} signed checkpoints")
            : FailStep(Step, verdict.Findings[0].Describe());
    }

    private async Task<IReadOnlyList<string>> CallAsync(
        MeshServer server, WorkloadKey key, string token, CancellationToken cancellationToken)
    {
        var roots = new X509Certificate2Collection();
        roots.ImportFromPemFile(RootsFile);
        using var client = new CertificateClient(server.MeshAddress, roots, "localhost", null);
        return await client.RequestAsync(key.ToSigningRequest(null), token, "", TimeSpan.Zero, CallTimeout, cancellationToken);
    }

    private static string Mint(DevTokenIssuer issuer, string name, string audience) =>
        ServiceAccount.TryCreate("demo", name, out var account)
            ? issuer.Mint(new DevToken { Account = account, Audience = audience, PodName = name + "-0" })
            : throw new InvalidOperationException($"`{name}` is no service account");

    private static StorageOptions Store(string data) => new() { DirectoryPath = data, CreateKeyEncryptionKey = true };

    private bool Pass(string step, string detail) => Add(new DemoStep(step, true, detail));

    private bool FailStep(string step, string detail) => Add(new DemoStep(step, false, detail));

    private List<DemoStep> Fail(string step, string detail)
    {
        FailStep(step, detail);
        return _steps;
    }

    private bool Add(DemoStep step)
    {
        _steps.Add(step);
        report(step);
        return step.Passed;
    }
}

/// <summary>One step of the demo.</summary>
/// <param name="Name">What was done.</param>
/// <param name="Passed">Whether its own check held.</param>
/// <param name="Detail">What came of it.</param>
internal sealed record DemoStep(string Name, bool Passed, string Detail);
