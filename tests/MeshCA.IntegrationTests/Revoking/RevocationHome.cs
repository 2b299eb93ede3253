using System.IO;
using Grpc.Core;
using Grpc.Net.Client;
using MeshCA.Admin;
using MeshCA.Admin.Consumers;
using MeshCA.Admin.Revocations;
using MeshCA.IntegrationTests.Running;
using MeshCA.Wire.Admin;
using TestSupport;
using Xunit;

namespace MeshCA.IntegrationTests.Revoking;

/// <summary>A service with an administration socket, and those who use it.</summary>
internal sealed class RevocationHome : IDisposable
{
    public RevocationHome(TestPolicies? policies = null, params (string Key, string Value)[] settings)
    {
        Home = new MeshHome([("Revocation:CheckInterval", "00:00:00.3"), .. settings]) { Policies = policies };
        Home.Set(("Server:AdminSocket", Socket));
    }

    public MeshHome Home { get; }

    public string Socket => Home.File("run/admin.sock");

    public Task<TestMesh> StartAsync() => Home.StartAsync();

    /// <summary>Runs a command of the command line.</summary>
    public async Task<(ExitCode Code, string Output)> RunAsync(params string[] arguments)
    {
        await using var output = new StringWriter();
        await using var errors = new StringWriter();
        var console = new AdminConsole(() => Stream.Null, output, errors);
        IAdminVerb[] verbs =
        [
            new BanAddVerb(TimeProvider.System), new BanListVerb(), new BanRemoveVerb(), new CertReinstateVerb(), new CertRevokeVerb(), new CertRevokedVerb(),
            new ConsumerListVerb(),
        ];
        var code = await new AdminCommandLine(console, verbs).RunAsync([.. arguments, "--socket", Socket], TestContext.Current.CancellationToken);
        return ((ExitCode)code, output + errors.ToString());
    }

    public void Dispose() => Home.Dispose();
}

/// <summary>A client of the administration socket.</summary>
internal sealed class Revoker(string socket) : IDisposable
{
    private readonly GrpcChannel _channel = AdminChannel.Open(socket);

    public MeshCA.Wire.Admin.Revocations.RevocationsClient Client => new(_channel);

    public async Task<ChangeResponse> BanAsync(string account, bool isPrefix = false) =>
        await Client.AddBanAsync(new AddBanRequest { SpiffeId = isPrefix ? account : TestPolicies.IdOf(account), Prefix = isPrefix, Reason = "stolen" });

    public async Task<ChangeResponse> RevokeAsync(RevokeCertificateRequest request) => await Client.RevokeCertificateAsync(request);

    public static async Task<StatusCode> RefusalAsync(Func<Task> call) => (await Assert.ThrowsAsync<RpcException>(call)).StatusCode;

    public void Dispose() => _channel.Dispose();
}
