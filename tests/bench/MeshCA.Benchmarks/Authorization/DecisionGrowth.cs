using System.Globalization;
using System.IO;
using AuthzEngine.Compilation;
using AuthzEngine.Evaluation;
using AuthzEngine.Policies;
using AuthzEngine.Requests;

namespace MeshCA.Benchmarks.Authorization;

/// <summary>How the cost of a decision grows with the number of rules: all numbers of rules by turns, within the same seconds.</summary>
/// <remarks>
/// What a neighbour on the machine costs falls on all alike, and the median of many short batches leaves out its peaks:
/// what BenchmarkDotNet measures one after the other cannot be divided by each other on a shared machine.
/// </remarks>
internal static class DecisionGrowth
{
    private const int Requests = 1024;
    private const int Step = 7919;
    private const int Batch = 64 * Requests;
    private const int Rounds = 99;
    private const double GrowthLimit = 2.0;
    private const double MedianLimit = 500;

    private static readonly int[] Sizes = [1, 100, 1_000, 10_000];

    /// <summary>Measures all shapes.</summary>
    /// <param name="output">Receives a line per figure, and a verdict per goal.</param>
    /// <returns>0, or 1 where a goal is missed.</returns>
    public static int Run(TextWriter output)
    {
        var kept = true;
        foreach (var shape in Enum.GetValues<RuleShape>())
        {
            foreach (var verdict in new[] { Verdict.Allow, Verdict.Deny })
            {
                kept &= Report(output, shape, verdict, Measure(shape, verdict));
            }
        }

        return kept ? 0 : 1;
    }

    private static bool Report(TextWriter output, RuleShape shape, Verdict verdict, IReadOnlyList<Subject> subjects)
    {
        var medians = subjects.Select(subject => subject.Median).ToList();
        var figures = string.Join("  ", subjects.Select(subject =>
            string.Create(CultureInfo.InvariantCulture, $"{subject.Rules}: {subject.Median:F0} ns")));
        var allocated = subjects.Sum(subject => subject.Allocated);
        output.WriteLine($"{shape} {verdict}  {figures}  allocated {allocated} B");
        var growth = medians[^1] / medians[0];
        return Judge(output, $"{shape}-{verdict}-growth", growth, GrowthLimit)
            & Judge(output, $"{shape}-{verdict}-median", medians.Max(), MedianLimit)
            & Judge(output, $"{shape}-{verdict}-allocated", allocated, 0);
    }

    private static bool Judge(TextWriter output, string goal, double value, double limit)
    {
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{(value <= limit ? "PASS" : "FAIL")} {goal} {value:F2} {limit:F1}"));
        return value <= limit;
    }

    private static List<Subject> Measure(RuleShape shape, Verdict verdict)
    {
        var subjects = Sizes.Select(rules => new Subject(shape, verdict, rules)).ToList();
        for (var round = 0; round < Rounds; round++)
        {
            subjects.ForEach(subject => subject.Measure());
        }

        return subjects;
    }

    /// <summary>One workload, and the time of each batch of decisions about it.</summary>
    private sealed class Subject
    {
        private readonly WorkloadPolicies _policies;
        private readonly RequestAttributes[] _requests;
        private readonly Verdict _expected;
        private readonly List<double> _nanoseconds = new(Rounds);

        public Subject(RuleShape shape, Verdict verdict, int rules)
        {
            Rules = rules;
            _expected = verdict;
            _policies = PolicySet.Compile(SampleMesh.Policies(shape, rules), new MeshSettings()).For(SampleMesh.Workload);
            _requests = [.. Enumerable.Range(0, Requests)
                .Select(i => i * Step % rules)
                .Select(i => verdict == Verdict.Allow ? SampleMesh.Allowed(shape, i) : SampleMesh.Denied(shape, i))];
            Decide();
        }

        public int Rules { get; }

        /// <summary>By the last batch: what the runtime allocates while it compiles is not the decision's.</summary>
        public long Allocated { get; private set; }

        // The first third is what the runtime compiles its hot paths in.
        public double Median => _nanoseconds.Skip(Rounds / 3).Order().ElementAt(Rounds / 3);

        public void Measure()
        {
            var allocated = GC.GetAllocatedBytesForCurrentThread();
            var start = TimeProvider.System.GetTimestamp();
            Decide();
            _nanoseconds.Add(TimeProvider.System.GetElapsedTime(start).TotalNanoseconds / Batch);
            Allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        }

        private void Decide()
        {
            for (var i = 0; i < Batch; i++)
            {
                if (_policies.Decide(in _requests[i & (Requests - 1)]).Verdict != _expected)
                {
                    throw new InvalidOperationException("the sample requests are not decided as they are named");
                }
            }
        }
    }
}
