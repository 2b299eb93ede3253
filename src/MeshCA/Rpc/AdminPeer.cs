namespace MeshCA.Rpc;

/// <summary>Who is at the other end of the administration socket, as the kernel says; a feature of its connections.</summary>
/// <param name="UserId">The effective user id when it connected.</param>
internal sealed record AdminPeer(uint UserId)
{
    /// <summary>Prints <c>uid:0</c>, as the audit names actors.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => $"uid:{UserId}";
}
