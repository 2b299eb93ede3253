namespace MeshCA.PolicySources.Watched;

/// <summary>What became of a policy of the cluster, as its author is told.</summary>
/// <param name="Acceptance">Whether it is in force as written.</param>
/// <param name="Effect">Whether it does anything.</param>
internal sealed record PolicyVerdict(PolicyJudgement Acceptance, PolicyJudgement Effect);

/// <summary>One thing that is said of a policy.</summary>
/// <param name="Holds">Whether it is so; null: not known.</param>
/// <param name="Reason">Why, in one word.</param>
/// <param name="Message">Why, for people; bounded.</param>
internal sealed record PolicyJudgement(bool? Holds, string Reason, string Message);
