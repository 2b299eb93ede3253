using AuthzEngine.Admission;
using AuthzEngine.Formats.Yaml;
using AuthzEngine.Inventories;
using AuthzEngine.Policies;
using MeshCA.Policies;

namespace TestSupport;

/// <summary>Policies written in a test, in force at once.</summary>
internal sealed class TestPolicies : IPolicySnapshots
{
    private volatile PolicySnapshot? _current;
    private volatile TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public PolicySnapshot? Current => _current;

    /// <summary>A snapshot in force: policies as YAML, and workloads by the account that they run under, each labelled <c>app=ACCOUNT</c>.</summary>
    /// <param name="yaml">The policies.</param>
    /// <param name="accounts"><c>namespace/account</c> each.</param>
    public static TestPolicies Of(string yaml, params string[] accounts)
    {
        var policies = new TestPolicies();
        policies.Publish(1, yaml, new MeshSettings(), accounts);
        return policies;
    }

    /// <summary>The SPIFFE ID of an account.</summary>
    public static string IdOf(string account) => account.Split('/') is [var ns, var name]
        ? $"spiffe://cluster.local/ns/{ns}/sa/{name}"
        : throw new ArgumentException($"`{account}` is not of the form namespace/account", nameof(account));

    public void Publish(long revision, string yaml, MeshSettings mesh, params string[] accounts)
    {
        var reading = PolicyReader.Read("test", yaml, new YamlLimits()).ToReading("test");
        var resources = ResourceAdmission.Admit(AdmittedResources.None, [reading], revision, new AdmissionSettings(mesh));
        if (!resources.IsComplete || resources.Resources.Any(resource => resource.InForce is null))
        {
            var findings = reading.Findings.Concat(resources.Resources.SelectMany(resource => resource.Findings));
            throw new ArgumentException(string.Join("; ", findings.Select(finding => finding.Message)), nameof(yaml));
        }

        var inventory = new Inventory([.. accounts.Select(WorkloadOf)], [], []);
        _current = PolicySnapshot.Of(resources, mesh, inventory, previous: null, DateTimeOffset.UnixEpoch);
        Interlocked.Exchange(ref _next, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
    }

    public async ValueTask<PolicySnapshot> WaitForAsync(long revision, CancellationToken cancellationToken)
    {
        while (true)
        {
            var next = _next;
            if (Current is { } current && current.Revision >= revision)
            {
                return current;
            }

            await next.Task.WaitAsync(cancellationToken);
        }
    }

    private static InventoryWorkload WorkloadOf(string account)
    {
        var id = IdOf(account);
        var (ns, name) = (account[..account.IndexOf('/', StringComparison.Ordinal)], account[(account.IndexOf('/', StringComparison.Ordinal) + 1)..]);
        var workload = new Workload { Namespace = ns, ServiceAccount = name, Labels = new Dictionary<string, string> { ["app"] = name } };
        return new(name, workload, [id], []);
    }
}
