using System.IO;
using System.Text.Json.Nodes;
using MeshCA.Configuration;
using MeshCA.Hosting;
using MeshCA.Leadership;
using Xunit;

namespace Architecture.Tests.Deploying;

public sealed class DeployTests
{
    private const string Namespace = "meshca-system";

    // Made by others: by the cluster in every namespace, and by whoever installs.
    private static readonly string[] Foreign = ["ConfigMap/kube-root-ca.crt", "Secret/meshca-key"];

    private const string WithIstiodsWebhooks = "deploy/overlays/ha+deploy/components/istiod-webhooks";

    public static TheoryData<string> Installations() =>
    [
        "deploy/base", "deploy/overlays/dev", "deploy/overlays/ha", "deploy/overlays/import-root", "deploy/overlays/plugin-authority",
        WithIstiodsWebhooks,
    ];

    [Fact]
    public void Every_manifest_is_part_of_some_installation()
    {
        var read = new HashSet<string>();
        foreach (var directory in Installations().Select(row => row.Data).Append("deploy/crds"))
        {
            Kustomization.Build(directory, read);
        }

        Assert.Equal([.. Repository.Files.Select(file => file.Path).Where(path => path.StartsWith("deploy/", StringComparison.Ordinal))], read.Order(StringComparer.Ordinal));
    }

    [Theory, MemberData(nameof(Installations))]
    public void Every_object_is_there_once_and_says_where_it_belongs(string directory)
    {
        var objects = new Installation(directory).Objects;
        Assert.Equal(objects.Count, objects.Select(Kustomization.Id).Distinct().Count());
        Assert.All(objects, item => Assert.True(
            IsOfCluster(item) == (item["metadata"]!["namespace"] is null), $"{Kustomization.Id(item)} has a namespace, or lacks one"));
    }

    [Theory, MemberData(nameof(Installations))]
    public void Roles_are_bound_to_the_service_account_that_the_pod_has(string directory)
    {
        var installation = new Installation(directory);
        var bindings = installation.OfKind("RoleBinding").Concat(installation.OfKind("ClusterRoleBinding")).ToList();
        var account = installation.Pod["serviceAccountName"]!.GetValue<string>();
        Assert.True(installation.Has("ServiceAccount", account, Namespace));
        foreach (var binding in bindings)
        {
            var role = binding["roleRef"]!;
            var subject = binding["subjects"]!.AsArray().Single()!;
            Assert.True(installation.Has(role["kind"]!.GetValue<string>(), role["name"]!.GetValue<string>(), binding["metadata"]!["namespace"]?.GetValue<string>()));
            Assert.Equal((account, Namespace), (subject["name"]!.GetValue<string>(), subject["namespace"]!.GetValue<string>()));
        }

        Assert.Equal(installation.OfKind("Role").Concat(installation.OfKind("ClusterRole")).Count(), bindings.Count);
    }

    [Theory, MemberData(nameof(Installations))]
    public void Rights_are_no_wider_than_needed(string directory)
    {
        var rules = new Installation(directory).Rules().ToList();
        Assert.DoesNotContain(rules, rule => rule.Contains('*', StringComparison.Ordinal));
        Assert.All(rules.Where(rule => rule.Contains(" secrets ", StringComparison.Ordinal)), rule =>
        {
            // Of a whole cluster's secrets none; of those in a namespace the named ones.
            Assert.DoesNotContain("everywhere", rule, StringComparison.Ordinal);
            Assert.True(rule.Contains(" create", StringComparison.Ordinal) || rule.Split(' ') is [.., { Length: > 0 } names] && names is "meshca-authorities" or "istiod-tls" or "istio-ca-secret" or "cacerts", rule);
        });
        Assert.DoesNotContain(rules, rule => rule.Contains(" delete", StringComparison.Ordinal) || rule.Contains(" impersonate", StringComparison.Ordinal));
        Assert.DoesNotContain(rules, rule => rule.Contains("rolebindings", StringComparison.Ordinal));

        // Authorities that others made are read, and only where that was chosen.
        Assert.Equal(
            directory switch
            {
                "deploy/overlays/import-root" => ["istio-system  secrets get istio-ca-secret"],
                "deploy/overlays/plugin-authority" => ["istio-system  secrets get cacerts"],
                _ => [],
            },
            rules.Where(rule => rule.Contains("istio-ca-secret", StringComparison.Ordinal) || rule.Contains("cacerts", StringComparison.Ordinal)));

        // Approving by itself is for who chose it.
        Assert.Equal(directory.EndsWith("dev", StringComparison.Ordinal), rules.Exists(rule => rule.Contains(" signers approve", StringComparison.Ordinal)));
    }

    [Fact]
    public void Rights_are_those_that_were_reviewed() => Golden.Matches("rbac.txt", new Installation(WithIstiodsWebhooks).Rules().Distinct().Order(StringComparer.Ordinal));

    [Theory, MemberData(nameof(Installations))]
    public void What_rules_name_is_what_settings_name(string directory)
    {
        var installation = new Installation(directory);
        var settings = installation.Settings();
        var trust = new TrustDistributionOptions();
        Microsoft.Extensions.Configuration.ConfigurationBinder.Bind(settings.GetSection(TrustDistributionOptions.Section), trust);
        var rules = installation.Rules().ToList();
        Assert.Contains($"everywhere  configmaps patch {trust.ConfigMap},{trust.RevocationListConfigMap}", rules);
        Assert.All(trust.Webhooks, name =>
        {
            Assert.True(installation.Has("ValidatingWebhookConfiguration", name));
            Assert.Contains(rules, rule => rule.Contains("validatingwebhookconfigurations patch", StringComparison.Ordinal) && rule.Split(' ')[^1].Split(',').Contains(name));
        });

        // Webhooks of others are for who chose it.
        var named = rules.Where(rule => rule.Contains("webhookconfigurations patch", StringComparison.Ordinal)).SelectMany(rule => rule.Split(' ')[^1].Split(','));
        Assert.Equal(trust.WebhookRevisions.Count > 0, named.Except(trust.Webhooks).Any());
        foreach (var signer in settings.GetSection("Kubernetes:CertificateSigning:SignerNames").GetChildren())
        {
            Assert.Contains($"everywhere certificates.k8s.io signers sign {signer.Value}", rules);
        }

        if (settings["LeaderElection:Lease"] is { } lease)
        {
            Assert.Contains($"{lease.Split('/')[0]} coordination.k8s.io leases update {lease.Split('/')[1]}", rules);
        }

        if (settings["Authorities:Secret"] is { } secret)
        {
            Assert.Contains($"{secret.Split('/')[0]}  secrets update {secret.Split('/')[1]}", rules);
        }

        foreach (var read in new[] { settings["Authorities:ImportSecret"], settings["Authorities:PluginSecret"] }.OfType<string>())
        {
            Assert.Contains($"{read.Split('/')[0]}  secrets get {read.Split('/')[1]}", rules);
        }

        if (settings["TrustDistribution:IstiodSecret"] is { } istiod)
        {
            Assert.Contains($"{istiod.Split('/')[0]}  secrets patch {istiod.Split('/')[1]}", rules);
        }
    }

    [Theory, MemberData(nameof(Installations))]
    public void Whatever_selects_pods_selects_ours(string directory)
    {
        var installation = new Installation(directory);
        Assert.True(installation.Selects(installation.StatefulSet["spec"]!["selector"]!["matchLabels"]));
        Assert.All(installation.OfKind("Service"), service =>
        {
            // The leader's own label comes by itself.
            var selector = service["spec"]!["selector"]!.DeepClone().AsObject();
            Assert.Equal(installation.Settings()["LeaderElection:LabelPods"] == "true", selector.Remove(LeaderLabel.Name));
            Assert.True(installation.Selects(selector));
        });
        Assert.All(installation.OfKind("PodDisruptionBudget"), budget => Assert.True(installation.Selects(budget["spec"]!["selector"]!["matchLabels"])));
        Assert.All(installation.OfKind("NetworkPolicy"), policy => Assert.True(installation.Selects(policy["spec"]!["podSelector"]!["matchLabels"])));
        Assert.All(
            installation.Pod["topologySpreadConstraints"]?.AsArray() ?? [],
            constraint => Assert.True(installation.Selects(constraint!["labelSelector"]!["matchLabels"])));
        Assert.True(installation.Has("Service", installation.StatefulSet["spec"]!["serviceName"]!.GetValue<string>(), Namespace));
        Assert.True(installation.Has("PriorityClass", installation.Pod["priorityClassName"]!.GetValue<string>()));
    }

    [Theory, MemberData(nameof(Installations))]
    public void Ports_are_those_that_the_service_opens(string directory)
    {
        var installation = new Installation(directory);
        var settings = installation.Settings();
        var defaults = new ServerOptions();
        Assert.Equal(
            new Dictionary<string, int> { ["csr"] = defaults.Port, ["http"] = defaults.HttpPort, ["webhook"] = int.Parse(settings["Kubernetes:Webhook:Port"]!, null) },
            installation.Ports);
        Assert.Null(settings["Server:Port"] ?? settings["Server:HttpPort"]);
        var service = installation.OfKind("Service").Single();
        Assert.All(service["spec"]!["ports"]!.AsArray(), port => Assert.Contains(port!["targetPort"]!.GetValue<string>(), installation.Ports));
        Assert.All(
            installation.OfKind("NetworkPolicy").SelectMany(policy => policy["spec"]!["ingress"]!.AsArray()).SelectMany(rule => rule!["ports"]!.AsArray()),
            port => Assert.Contains(port!["port"]!.GetValue<string>(), installation.Ports));
        var webhook = installation.OfKind("ValidatingWebhookConfiguration").Single()["webhooks"]!.AsArray().Single()!["clientConfig"]!["service"]!;
        Assert.True(installation.Has("Service", webhook["name"]!.GetValue<string>(), webhook["namespace"]!.GetValue<string>()));
        Assert.Equal(WebhookEndpoint.Path, webhook["path"]!.GetValue<string>());
        Assert.Contains(service["spec"]!["ports"]!.AsArray(), port => port!["port"]!.GetValue<long>() == webhook["port"]!.GetValue<long>());
        Assert.Contains($"{webhook["name"]}.{webhook["namespace"]}.svc", settings.GetSection("Kubernetes:Webhook:DnsNames").GetChildren().Select(name => name.Value));
    }

    [Theory, MemberData(nameof(Installations))]
    public void Probes_ask_what_the_service_answers(string directory)
    {
        var installation = new Installation(directory);
        var served = File.ReadAllText(Path.Combine(Repository.Root, "src", "MeshCA", "Hosting", "HttpEndpoints.cs"));
        foreach (var name in new[] { "startupProbe", "livenessProbe", "readinessProbe" })
        {
            var probe = installation.Container[name]!["httpGet"]!;
            Assert.Equal("http", probe["port"]!.GetValue<string>());
            Assert.Contains($"MapGet(\"{probe["path"]}\"", served, StringComparison.Ordinal);
        }

        Assert.Equal("/healthz/live", installation.Container["livenessProbe"]!["httpGet"]!["path"]!.GetValue<string>());
        var stop = TimeSpan.FromSeconds(installation.Pod["terminationGracePeriodSeconds"]!.GetValue<long>());
        Assert.True(stop > new ServerOptions().ShutdownTimeout);
    }

    [Theory, MemberData(nameof(Installations))]
    public void Volumes_are_there_and_only_data_and_memory_can_be_written_to(string directory)
    {
        var installation = new Installation(directory);
        var volumes = (installation.Pod["volumes"]?.AsArray() ?? []).ToDictionary(volume => volume!["name"]!.GetValue<string>(), volume => volume!.AsObject());
        var claims = (installation.StatefulSet["spec"]!["volumeClaimTemplates"]?.AsArray() ?? []).Select(claim => claim!["metadata"]!["name"]!.GetValue<string>()).ToList();
        var mounts = installation.Container["volumeMounts"]!.AsArray();
        foreach (var mount in mounts)
        {
            var name = mount!["name"]!.GetValue<string>();
            var isWritable = mount["readOnly"]?.GetValue<bool>() != true;
            Assert.True(claims.Contains(name) || volumes.ContainsKey(name), name);
            Assert.Equal(isWritable, claims.Contains(name) || volumes[name]["emptyDir"] is not null);
        }

        Assert.Empty(volumes.Keys.Concat(claims).Except(mounts.Select(mount => mount!["name"]!.GetValue<string>())));
        foreach (var volume in volumes.Values)
        {
            Assert.Null(volume["hostPath"]);
            foreach (var (kind, name) in Sources(volume))
            {
                Assert.True(installation.Has(kind, name, Namespace) || Foreign.Contains($"{kind}/{name}"), $"{kind}/{name} is not there");
            }
        }
    }

    [Theory, MemberData(nameof(Installations))]
    public void Containers_may_do_nothing_that_they_need_not(string directory)
    {
        var installation = new Installation(directory);
        var pod = installation.Pod["securityContext"]!;
        var container = installation.Container["securityContext"]!;
        Assert.Equal((true, 65532, 65532, 65532), (pod["runAsNonRoot"]!.GetValue<bool>(), (int)pod["runAsUser"]!.GetValue<long>(), (int)pod["runAsGroup"]!.GetValue<long>(), (int)pod["fsGroup"]!.GetValue<long>()));
        Assert.Equal("RuntimeDefault", pod["seccompProfile"]!["type"]!.GetValue<string>());
        Assert.Equal("RuntimeDefault", container["seccompProfile"]!["type"]!.GetValue<string>());
        Assert.True(container["readOnlyRootFilesystem"]!.GetValue<bool>());
        Assert.True(container["runAsNonRoot"]!.GetValue<bool>());
        Assert.False(container["allowPrivilegeEscalation"]!.GetValue<bool>());
        Assert.Equal(["ALL"], Installation.Texts(container["capabilities"]!["drop"]));
        Assert.Null(container["capabilities"]!["add"]);
        Assert.Null(container["privileged"]);
        Assert.Null(installation.Pod["hostNetwork"] ?? installation.Pod["hostPID"] ?? installation.Pod["hostIPC"]);
        Assert.False(installation.Pod["automountServiceAccountToken"]!.GetValue<bool>());
        Assert.False(installation.OfKind("ServiceAccount").Single()["automountServiceAccountToken"]!.GetValue<bool>());
        Assert.NotNull(installation.Container["resources"]!["requests"]!["cpu"]);
        Assert.NotNull(installation.Container["resources"]!["limits"]!["memory"]);
        Assert.Equal("restricted", installation.OfKind("Namespace").Single()["metadata"]!["labels"]!["pod-security.kubernetes.io/enforce"]!.GetValue<string>());
    }

    [Theory, MemberData(nameof(Installations))]
    public void No_image_names_a_registry(string directory) =>
        Assert.Matches("^meshca(:[0-9a-z.]+)?$", new Installation(directory).Container["image"]!.GetValue<string>());

    [Theory, MemberData(nameof(Installations))]
    public void The_service_takes_the_settings(string directory)
    {
        var settings = new Installation(directory).Settings();

        // Outside of a cluster nobody says where its API server is; that, and nothing else, is wrong with them here.
        Assert.Equal(
            ["cluster `Kubernetes`: not in a cluster: the variables KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set"],
            ServerComposition.FindFaults(settings, new ServerSetUp()).Distinct());
        Assert.Contains("meshca.meshca-system.svc", settings.GetSection("Serving:DnsNames").GetChildren().Select(name => name.Value));
    }

    [Fact]
    public void Two_replicas_are_told_apart_and_share_what_they_must()
    {
        var ha = new Installation("deploy/overlays/ha");
        Assert.Equal(2, ha.StatefulSet["spec"]!["replicas"]!.GetValue<long>());
        Assert.NotNull(ha.Settings()["LeaderElection:Lease"]);
        Assert.NotNull(ha.Settings()["Authorities:Secret"]);
        Assert.Contains(ha.Pod["topologySpreadConstraints"]!.AsArray(), constraint => constraint!["topologyKey"]!.GetValue<string>() == "kubernetes.io/hostname");

        // Otherwise a rollout would wait for a standby that is never ready, and the budget would keep the leader where it is.
        Assert.Equal("/healthz/available", ha.Container["readinessProbe"]!["httpGet"]!["path"]!.GetValue<string>());
        Assert.Equal("true", ha.OfKind("Service").Single()["spec"]!["selector"]![LeaderLabel.Name]!.GetValue<string>());
        Assert.Contains("meshca-system  pods patch meshca-0,meshca-1", ha.Rules());
        var budget = ha.OfKind("PodDisruptionBudget").Single()["spec"]!;
        Assert.Equal(1, budget["minAvailable"]!.GetValue<long>());
        Assert.Null(budget["maxUnavailable"]);
    }

    private static bool IsOfCluster(JsonObject item) => item["kind"]!.GetValue<string>() is
        "Namespace" or "PriorityClass" or "ClusterRole" or "ClusterRoleBinding" or "ValidatingWebhookConfiguration" or "CustomResourceDefinition";

    private static IEnumerable<(string Kind, string Name)> Sources(JsonObject volume)
    {
        IEnumerable<JsonObject> parts = [volume, .. (volume["projected"]?["sources"]?.AsArray() ?? []).Select(source => source!.AsObject())];
        foreach (var part in parts)
        {
            if (part["configMap"] is { } map)
            {
                yield return ("ConfigMap", map["name"]!.GetValue<string>());
            }

            if (part["secret"] is { } secret)
            {
                yield return ("Secret", (secret["secretName"] ?? secret["name"])!.GetValue<string>());
            }
        }
    }
}
