using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace MeshCA.Storage.Schema.Migrations
{
    // In SQL, since EF knows no indexes on expressions; docs/adr/0007 says why they are these.
    internal sealed partial class JournalBlockIndexes : Migration
    {
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            // What SmallerJournalBlocks would only drop again is not made: each costs a second for a million rows. Stores that stopped
            // here once have the others as well.
            migrationBuilder.Sql("CREATE INDEX journal_authority ON journal (substr(authority, 1, 8))");
        }

        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("DROP INDEX IF EXISTS journal_block_serial");
            migrationBuilder.Sql("DROP INDEX IF EXISTS journal_block_subject");
            migrationBuilder.Sql("DROP INDEX journal_authority");
            migrationBuilder.Sql("DROP INDEX IF EXISTS journal_expiry");
        }
    }
}
