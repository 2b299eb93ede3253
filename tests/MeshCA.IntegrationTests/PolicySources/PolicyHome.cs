using System.IO;
using AuthzEngine.Admission;
using Google.Protobuf;
using Grpc.Net.Client;
using MeshCA.Admin;
using MeshCA.IntegrationTests.Running;
using MeshCA.Policies;
using MeshCA.Wire.Policies;
using Xunit;

namespace MeshCA.IntegrationTests.PolicySources;

/// <summary>A service with a directory of policies and an administration socket.</summary>
internal sealed class PolicyHome : IDisposable
{
    public PolicyHome(params (string Key, string Value)[] settings)
    {
        Home = new MeshHome(
        [
            ("Policies:Directory", ""),
            ("Policies:PollInterval", "00:00:00.3"),
            ("Policies:Debounce", "00:00:00.02"),
            .. settings,
        ]);
        Home.Set(("Server:AdminSocket", Socket), ("Policies:Directory", Directory));
        System.IO.Directory.CreateDirectory(Directory);
    }

    public MeshHome Home { get; }

    public string Directory => Home.File("policies");

    public string Socket => Home.File("run/admin.sock");

    /// <summary>A DENY policy in the namespace <c>shop</c>.</summary>
    public static string Deny(string name, string path = "/admin") => Policy(name, $"[{{to: [{{operation: {{paths: [\"{path}\"], ports: [\"8080\"]}}}}]}}]");

    /// <summary>The same with a rule that no version of Istio accepts.</summary>
    public static string Invalid(string name) => Policy(name, "[{to: [{operation: {ports: [\"no-port\"]}}]}]");

    public void Write(string name, string text) => File.WriteAllText(Path.Combine(Directory, name), text);

    public void Delete(string name) => File.Delete(Path.Combine(Directory, name));

    public Task<TestMesh> StartAsync() => Home.StartAsync();

    public void Dispose() => Home.Dispose();

    private static string Policy(string name, string rules) =>
        $$"""
        ---
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: {{name}}, namespace: shop}
        spec: {action: DENY, rules: {{rules}}}

        """;
}

/// <summary>What a test asks a running service about its policies.</summary>
internal static class PolicyQuestions
{
    public static PolicySnapshot? Snapshot(this TestMesh mesh) => mesh.Part<IPolicySnapshots>().Current;

    /// <summary>The names of the policies in force, in order.</summary>
    public static string InForce(this TestMesh mesh) => mesh.Snapshot() is { } snapshot
        ? string.Join(' ', snapshot.Resources.InForce.Resources.Select(resource => resource.Id.Name).Order(StringComparer.Ordinal))
        : "no snapshot";

    public static AdmittedSource? Source(this TestMesh mesh, string name) =>
        mesh.Snapshot()?.Resources.Sources.FirstOrDefault(source => source.Name == name);

    public static AdmissionStatus? StatusOf(this TestMesh mesh, string name) =>
        mesh.Snapshot()?.Resources.Resources.FirstOrDefault(resource => resource.Id?.Name == name)?.Status;

    public static Task BecomesAsync(this TestMesh mesh, string inForce) =>
        Eventually.TrueAsync(() => mesh.InForce() == inForce, $"`{inForce}` in force");
}

/// <summary>A client of the administration socket.</summary>
internal sealed class PolicyAdministrator(string socket) : IDisposable
{
    private readonly GrpcChannel _channel = AdminChannel.Open(socket);

    public PolicyAdministration.PolicyAdministrationClient Client => new(_channel);

    public async Task<ChangeResponse> ApplyAsync(string text, long? expected = null)
    {
        var request = new ApplyRequest { Texts = { new Wire.Policies.PolicyText { Name = "stdin", Content = ByteString.CopyFromUtf8(text) } } };
        if (expected is { } revision)
        {
            request.ExpectedRevision = revision;
        }

        return await Client.ApplyAsync(request, cancellationToken: TestContext.Current.CancellationToken);
    }

    public async Task<ChangeResponse> DeleteAsync(string name) => await Client.DeleteAsync(
        new DeleteRequest { Resources = { new ResourceId { Kind = "AuthorizationPolicy", Namespace = "shop", Name = name } } },
        cancellationToken: TestContext.Current.CancellationToken);

    public async Task<string> ListAsync() => string.Join(
        ' ',
        (await Client.ListAsync(new ListRequest(), cancellationToken: TestContext.Current.CancellationToken)).Resources
            .Select(resource => resource.Id.Name).Order(StringComparer.Ordinal));

    public void Dispose() => _channel.Dispose();
}
