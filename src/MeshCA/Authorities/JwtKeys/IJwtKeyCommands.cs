namespace MeshCA.Authorities.JwtKeys;

/// <summary>Carries orders about JWT keys out, also where the X.509 authorities are plugged in and so nobody's to order.</summary>
internal interface IJwtKeyCommands
{
    /// <summary>Carries an order out, and publishes what follows from it.</summary>
    /// <param name="command">About a JWT key.</param>
    /// <param name="context">Who orders, when and why.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="Issuance.JournalUnavailableException">Nothing was changed.</exception>
    Task<CommandOutcome> ExecuteAsync(AuthorityCommand command, CommandContext context, CancellationToken cancellationToken);
}
