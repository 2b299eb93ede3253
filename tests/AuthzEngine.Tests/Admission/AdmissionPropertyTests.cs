using AuthzEngine.Admission;
using AuthzEngine.Compilation;
using AuthzEngine.Evaluation;
using AuthzEngine.Policies;
using FsCheck;
using FsCheck.Fluent;
using Xunit;
using static AuthzEngine.Tests.Admission.Documents;

namespace AuthzEngine.Tests.Admission;

/// <summary>What holds after any history of sources.</summary>
public sealed class AdmissionPropertyTests
{
    private static readonly Workload[] Workloads =
    [
        new() { Namespace = "shop", Labels = new Dictionary<string, string> { ["app"] = "web" } },
        new() { Namespace = "shop" },
        new() { Namespace = "apps" },
        new() { Namespace = "root" },
    ];

    private static readonly Gen<SourceDocument> AnyDocument =
        from name in Gen.Elements("a", "b", "c", "d")
        from document in Gen.Frequency(
            (4, Gen.Constant(Valid(name))),
            (2, Gen.Constant(Invalid(name))),
            (1, Gen.Constant(Unreadable(name))),
            (1, Gen.Elements(Nameless(), Nameless("shop"))))
        select document;

    private static readonly Gen<SourceReading[]> AnyReading = Gen.CollectToArray(["s", "t", "u"], source => Gen.Frequency(
        (1, Gen.Constant(Failed(source))),
        (3, from count in Gen.Choose(0, 3)
            from documents in AnyDocument.ListOf(count)
            select Complete(source, [.. documents]))));

    private static readonly Gen<SourceReading[][]> Histories =
        from count in Gen.Choose(1, 6)
        from readings in AnyReading.ListOf(count)
        select readings.ToArray();

    [Fact]
    public void No_last_good_version_is_dropped_while_its_resource_is_in_a_source() => Check((before, now, readings) =>
        before.Resources.All(resource =>
            resource.LastGood is null || !Stands(resource.Id!, readings) || now.Find(resource.Id!)?.InForce is not null));

    [Fact]
    public void What_is_in_force_is_valid_or_stays_as_it_was() => Check((before, now, readings) =>
        now.Resources.All(resource => resource.InForce is not { } version
            || version.Revision < now.Revision
            || resource.Status is AdmissionStatus.Accepted or AdmissionStatus.AcceptedWithWarnings));

    [Fact]
    public void An_error_never_goes_unnoticed() => Check((before, now, readings) =>
        now.Resources.All(resource => resource.Findings.Count > 0 || resource.Status == AdmissionStatus.Accepted)
        && now.Resources.All(resource => (resource.Status == AdmissionStatus.Quarantined) == (resource.Quarantined.Count > 0)));

    [Fact]
    public void A_failed_reading_of_everything_changes_nothing() => Check((before, now, readings) =>
    {
        var later = now.Admit(Failed("s"), Failed("t"), Failed("u"));
        return later.InForce.Resources.SequenceEqual(now.InForce.Resources)
            && later.InForce.Quarantined.SequenceEqual(now.InForce.Quarantined);
    });

    [Fact]
    public void The_same_readings_give_the_same_answer() => Check((before, now, readings) =>
    {
        var again = before.Admit(readings);
        return again.InForce.Resources.SequenceEqual(now.InForce.Resources)
            && again.InForce.Quarantined.SequenceEqual(now.InForce.Quarantined)
            && again.Resources.Select(resource => (resource.Id, resource.Status))
                .SequenceEqual(now.Resources.Select(resource => (resource.Id, resource.Status)));
    });

    [Fact]
    public void A_new_invalid_resource_takes_nothing_out_of_force_and_only_adds_to_the_quarantine() => Check((before, now, readings) =>
    {
        var with = before.Admit([.. readings, Complete("new", Invalid("new"))]);
        return with.InForce.Resources.SequenceEqual(now.InForce.Resources)
            && with.InForce.Quarantined.ToHashSet().IsProperSupersetOf(now.InForce.Quarantined);
    });

    [Fact]
    public void A_new_invalid_resource_lets_no_more_through_than_there_would_be_without_it() => Check((before, now, readings) =>
    {
        var web = Written.Labels("app", "web");
        var with = before.Admit([.. readings, Complete("new", Invalid("new", selector: web), Nameless("apps"))]);
        return Workloads.All(workload => !IsAllowed(with, workload) || IsAllowed(now, workload))
            && !IsAllowed(with, Workloads[0])
            && !IsAllowed(with, Workloads[2]);
    });

    private static void Check(Func<AdmittedResources, AdmittedResources, SourceReading[], bool> holds) => Prop.ForAll(
        Histories.ToArbitrary(),
        history =>
        {
            var now = AdmittedResources.None;
            foreach (var readings in history)
            {
                var before = now;
                now = before.Admit(readings);
                if (!holds(before, now, readings))
                {
                    return false;
                }
            }

            return true;
        })
        .Check(Config.QuickThrowOnFailure.WithMaxTest(300));

    private static bool Stands(ResourceId id, SourceReading[] readings) =>
        readings.OfType<SourceReading.Complete>().Any(reading => reading.Documents.Any(document => document.Id == id));

    private static bool IsAllowed(AdmittedResources admitted, Workload workload) =>
        PolicySet.Compile(admitted.InForce, Settings.Mesh).For(workload).Decide(default).Verdict == Verdict.Allow;
}
