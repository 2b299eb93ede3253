namespace MeshCA.Admin.Policies;

/// <summary>What <c>meshca policy replay</c> prints.</summary>
/// <param name="Records">Number of recorded decisions.</param>
/// <param name="Same">Number of those that would be the same.</param>
/// <param name="Changed">Those that would change.</param>
/// <param name="Unknown">Those of which nobody knows, since the log does not hold what they rest on.</param>
/// <param name="Malformed">Lines that are no records.</param>
internal sealed record ReplayReport(
    long Records,
    long Same,
    IReadOnlyList<ReplayedDecision> Changed,
    IReadOnlyList<ReplayedDecision> Unknown,
    IReadOnlyList<MalformedRecord> Malformed)
{
    /// <summary>Prints it for people.</summary>
    public string ToText() => new ReportText()
        .Line(0, $"{Records} recorded decisions: {Same} would be the same, {Changed.Count} would change, {Unknown.Count} are unknown")
        .Each(Changed, (text, decision) => decision.AddTo(text, decision.Now))
        .Each(Unknown, (text, decision) => decision.AddTo(text, "unknown"))
        .Each(Malformed, (text, record) => text.Line(1, $"line {record.Line} is no record: {record.Error}"))
        .ToString();
}

/// <summary>A recorded decision, and what would be decided now.</summary>
/// <param name="Line">Number of its line.</param>
/// <param name="DecisionId">Its id.</param>
/// <param name="Time">When it was made.</param>
/// <param name="Recorded">allow or deny.</param>
/// <param name="RecordedPolicy">Id of the rule that determined it.</param>
/// <param name="Now">allow or deny; where it is unknown, what would be decided assuming the worst.</param>
/// <param name="NowPolicy">Id of the rule that would determine it.</param>
/// <param name="Reason">Why.</param>
internal sealed record ReplayedDecision(
    long Line, string DecisionId, string Time, string Recorded, string? RecordedPolicy, string Now, string? NowPolicy, string Reason)
{
    public void AddTo(ReportText text, string now) => text
        .Line(1, $"{Recorded} -> {now}", $"line {Line}", Time, DecisionId)
        .Line(2, $"was:  {RecordedPolicy ?? "no rule"}")
        .Line(2, $"now:  {Reason}");
}

/// <summary>A line of a log that is no record.</summary>
internal sealed record MalformedRecord(long Line, string Error);
