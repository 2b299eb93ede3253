using System.Globalization;
using System.IO;
using System.Text;
using AuthzEngine.Compilation;
using AuthzEngine.Formats.Yaml;
using AuthzEngine.Policies;

namespace MeshCA.Benchmarks.Authorization;

/// <summary>From a text of policies to a workload that can decide, as a server that starts does it: the CPU time of each stage, cold and warm.</summary>
internal static class LoadStages
{
    private const int Policies = 10_000;
    private const int Passes = 7;
    private const double Limit = 1_000;

    /// <summary>Measures.</summary>
    /// <param name="output">Receives a line per pass, and the verdict.</param>
    /// <returns>0, or 1 where the goal is missed.</returns>
    public static int Run(TextWriter output)
    {
        var utf8 = Text();
        var passes = Enumerable.Range(0, Passes).Select(_ => Load(utf8)).ToList();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Policies} policies, {utf8.Length / 1e6:F1} MB"));
        foreach (var (i, pass) in passes.Index())
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{(i == 0 ? "cold" : "warm")}  read {pass.Read:F0} ms  validate {pass.Validate:F0} ms  compile {pass.Compile:F0} ms"));
        }

        var compile = passes[0].Compile;
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{(compile <= Limit ? "PASS" : "FAIL")} load-compile {compile:F0} {Limit:F0}"));
        return compile <= Limit ? 0 : 1;
    }

    private static (double Read, double Validate, double Compile) Load(byte[] utf8)
    {
        var start = Now();
        var texts = PolicyTexts.Read([new("policies.yaml", utf8)], new());
        var read = Now();
        var admitted = texts.Admit(new(new()));
        var validated = Now();
        var policies = PolicySet.Compile(admitted.Resources, new()).For(SampleMesh.Workload);
        var compiled = Now();
        if (admitted.HasErrors || policies.HttpModels.Allow.Rules.Count != Policies)
        {
            throw new InvalidOperationException("the sample policies are not in force as they are written");
        }

        return (read - start, validated - read, compiled - validated);
    }

    // Of all threads, the runtime's compiler and collector too: what neighbours do is not in it.
    private static double Now() => Environment.CpuUsage.TotalTime.TotalMilliseconds;

    private static byte[] Text()
    {
        var text = new StringBuilder();
        foreach (var policy in SampleMesh.Policies(RuleShape.Principals, Policies).Resources.OfType<AuthorizationPolicy>())
        {
            var (from, to) = (policy.Rules[0]!.From[0]!.Source!, policy.Rules[0]!.To[0]!.Operation!); // each sample has one of both
            text.Append(CultureInfo.InvariantCulture, $"""
                ---
                apiVersion: security.istio.io/v1
                kind: AuthorizationPolicy
                metadata:
                  name: {policy.Id.Name}
                  namespace: {policy.Id.Namespace}
                spec:
                  selector:
                    matchLabels:
                      app: {SampleMesh.Workload.Labels["app"]}
                  action: ALLOW
                  rules:
                  - from:
                    - source:
                        principals: ["{from.Principals[0]}"]
                    to:
                    - operation:
                        methods: ["{to.Methods[0]}", "{to.Methods[1]}"]
                        paths: ["{to.Paths[0]}"]

                """);
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }
}
