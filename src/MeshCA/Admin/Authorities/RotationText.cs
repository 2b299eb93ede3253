using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace MeshCA.Admin.Authorities;

/// <summary>A rotation for people.</summary>
internal static class RotationText
{
    private const int BarWidth = 24;
    private const int MaxLaggards = 10;

    /// <summary>How it stands, what it waits for, who is late, what comes next.</summary>
    public static IRenderable Render(RotationView view)
    {
        var rows = new List<IRenderable> { new Text(Headline(view)) };
        if (view.Rotation?.Hold is { } hold)
        {
            rows.Add(new Text(AdminOutput.Printable(
                $"halted {(hold.Automatic ? "by itself" : $"by {hold.Actor}")} since {Times.Text(hold.Since)}: {hold.Reason}")));
        }

        if (view.Conditions.Count > 0)
        {
            rows.Add(Conditions(view.Conditions, view.Measured));
        }

        rows.Add(Phases(view));
        rows.Add(new Text(FleetLine(view.Fleet)));
        if (view.Fleet.LaggardCount > 0)
        {
            rows.Add(Laggards(view.Fleet));
        }

        return new Rows(rows);
    }

    /// <summary>What an order came to.</summary>
    public static IRenderable Render(OrderReport report) => report switch
    {
        { Unmeasured: true } => new Rows(
            new Text(Headline(report.Status)),
            new Text("it is done, but how things stand after it could not be measured: ask `meshca root status`")),
        { Done: true } => Render(report.Status),
        _ => new Rows(
            new Text("refused: not everything it waits for is there; nothing was changed (--force --reason overrides)"),
            Conditions(report.Unmet, report.Status.Measured),
            new Text($"{report.StrandedLeaves} unexpired certificates would no longer verify"),
            report.Status.Fleet.LaggardCount > 0 ? Laggards(report.Status.Fleet) : new Text("nobody lacks the new trust bundle")),
    };

    /// <summary>One line of progress, for terminals that scroll and for logs.</summary>
    public static string Line(RotationView view) => string.Join("  ", view.Conditions
        .Select(condition => string.Create(CultureInfo.InvariantCulture, $"{condition.Kind} {condition.Done}/{condition.Total}"))
        .Prepend($"{Times.Text(view.Measured)} {view.Rotation?.Phase ?? "none"}{(view.Rotation?.Hold is null ? "" : " (halted)")}"));

    /// <summary>The first line.</summary>
    public static string Headline(RotationView view) => view.Rotation switch
    {
        null => $"no rotation has taken place; trust bundle sequence {view.BundleSequence}{DueText(view)}",
        { IsUnderWay: true } rotation => AdminOutput.Printable(
            $"rotation {rotation.Number}: {rotation.Phase} since {Times.Text(rotation.PhaseSince)}, from {rotation.OldRoot} to {rotation.NewRoot}"
            + $"{(rotation.Manual ? ", by hand" : "")}, begun by {rotation.Actor}{(rotation.Reason.Length > 0 ? $": {rotation.Reason}" : "")}"),
        { } rotation => $"rotation {rotation.Number} is {rotation.Phase} since {Times.Text(rotation.PhaseSince)}; none is under way{DueText(view)}",
    };

    private static string DueText(RotationView view) => view.Due is { } due ? $"; the next begins by itself at {Times.Text(due)}" : "";

    /// <summary>What is waited for, with bars.</summary>
    public static Table Conditions(IReadOnlyList<ConditionView> conditions, DateTimeOffset now)
    {
        var table = new Table().SimpleBorder().AddColumns("waits for", "progress", "", "left");
        foreach (var condition in conditions)
        {
            table.AddRow(
                new Text(condition.Kind),
                new Text(Bar(condition)),
                new Text(string.Create(CultureInfo.InvariantCulture, $"{condition.Done} of {condition.Total}")),
                new Text(condition switch
                {
                    { Met: true } => "met",
                    { Until: { } until } => $"{Times.Length(until - now)} at most",
                    _ => "-",
                }));
        }

        return table;
    }

    private static string Bar(ConditionView condition)
    {
        var filled = condition.Met || condition.Total <= 0 ? BarWidth : (int)(Math.Clamp((double)condition.Done / condition.Total, 0, 1) * BarWidth);
        return $"[{new string('#', filled)}{new string('.', BarWidth - filled)}]";
    }

    private static Table Phases(RotationView view)
    {
        var title = view.Rotation is { IsUnderWay: true } ? "what is left" : "a rotation that began now";
        var table = new Table().SimpleBorder().Title(title).AddColumns("phase", "begins", "expected to end", "at the latest", "waits for");
        foreach (var phase in view.Phases)
        {
            table.AddRow(
                new Text(phase.Phase),
                new Text(Times.Text(phase.Begins)),
                new Text(Times.Text(phase.Expected)),
                new Text(Times.Text(phase.Latest)),
                new Text(string.Join(", ", phase.WaitsFor)));
        }

        return table;
    }

    private static string FleetLine(FleetView fleet) => string.Create(
        CultureInfo.InvariantCulture,
        $"consumers {fleet.ConsumersUpdated} of {fleet.Consumers}, holders {fleet.HoldersUpdated} of {fleet.Holders} have sequence {fleet.TargetSequence}; "
        + $"{fleet.LiveLeaves} unexpired certificates, {fleet.HoldersOverdue} holders late{(fleet.Complete ? "" : "; there may be certificates that are not known yet")}");

    /// <summary>Who is late.</summary>
    public static Table Laggards(FleetView fleet)
    {
        var table = new Table().SimpleBorder()
            .Title(string.Create(CultureInfo.InvariantCulture, $"{fleet.LaggardCount} lack the new trust bundle"))
            .AddColumns("who", "pod", "from", "holds", "certificate until", "known as");
        var hasReasons = fleet.Laggards.Take(MaxLaggards).Any(laggard => laggard.Reason.Length > 0);
        if (hasReasons)
        {
            table.AddColumn("why");
        }

        foreach (var laggard in fleet.Laggards.Take(MaxLaggards))
        {
            table.AddRow(
            [
                new Text(AdminOutput.Printable(laggard.Subject)),
                new Text(AdminOutput.Printable(laggard.Pod)),
                new Text(AdminOutput.Printable(laggard.Peer)),
                new Text(laggard.HeldSequence.ToString(CultureInfo.InvariantCulture)),
                new Text(Times.Text(laggard.LeafExpires)),
                new Text(laggard.Kind),
                .. hasReasons ? [new Text(AdminOutput.Printable(laggard.Reason))] : Array.Empty<Text>(),
            ]);
        }

        return table;
    }
}
