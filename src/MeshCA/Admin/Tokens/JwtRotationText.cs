using System.Globalization;
using MeshCA.Admin.Authorities;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace MeshCA.Admin.Tokens;

/// <summary>The keys of JWT-SVIDs and their rotation for people.</summary>
internal static class JwtRotationText
{
    /// <summary>What happened or would, the keys with their times, what is waited for, and who is late.</summary>
    public static IRenderable Render(JwtRotationReport report)
    {
        var rows = new List<IRenderable> { new Text(Headline(report)), Keys(report) };
        if (report.Conditions.Count > 0)
        {
            rows.Add(RotationText.Conditions(report.Conditions, report.Measured));
        }

        if (report.Unmeasured)
        {
            rows.Add(new Text(Unmeasured));
            return new Rows(rows);
        }

        rows.Add(new Text(string.Create(
            CultureInfo.InvariantCulture,
            $"consumers {report.Consumers.ConsumersUpdated} of {report.Consumers.Consumers} have sequence {report.Consumers.TargetSequence}")));
        if (report.Consumers.LaggardCount > 0)
        {
            rows.Add(RotationText.Laggards(report.Consumers));
        }

        return new Rows(rows);
    }

    private const string Unmeasured = "it is done, but who has the next key could not be measured: ask again with --dry-run";

    private static string Headline(JwtRotationReport report) => report switch
    {
        { Refused: true, Next: null } => "no key is prepared",
        { DryRun: true, Refused: true } => "would be refused now: not everything it waits for is there (--force --reason overrides)",
        { DryRun: true } => $"would sign from now on: {report.Next!.Id}", // not null: above
        { Refused: true } => "refused: not everything it waits for is there; nothing was changed (--force --reason overrides)",
        { Active: { } active } => $"signs from now on: {active.Id}",
        _ => "no tokens are issued",
    };

    private static Table Keys(JwtRotationReport report)
    {
        var table = new Table().SimpleBorder().AddColumns("key", "is", "since", "next");
        foreach (var key in report.Leaving)
        {
            Add(key, "old", $"leaves the bundle {Times.Text(key.Leaves)}");
        }

        if (report.Active is { } active)
        {
            Add(active, "active", report.DryRun ? $"would leave the bundle {Times.Text(report.ActiveWouldLeave)}" : "");
        }

        if (report.Next is { } next)
        {
            Add(next, "prepared", report.Due is null ? "" : $"signs by itself {Times.Text(report.Due)}, at the latest {Times.Text(report.Latest)}");
        }

        return table;

        void Add(JwtKeyView key, string state, string then) =>
            table.AddRow(new Text(AdminOutput.Printable(key.Id)), new Text(state), new Text(Times.Text(key.Since)), new Text(then));
    }
}
