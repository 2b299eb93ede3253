using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace MeshCA.Storage.Schema.Migrations
{
    // In SQL, since EF knows no indexes on expressions; docs/adr/0007 says why they are these.
    internal sealed partial class SmallerJournalBlocks : Migration
    {
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("DROP INDEX IF EXISTS journal_block_serial");
            migrationBuilder.Sql("DROP INDEX IF EXISTS journal_block_subject");
            migrationBuilder.Sql("DROP INDEX IF EXISTS journal_expiry");
            migrationBuilder.Sql("CREATE INDEX journal_block_serial ON journal (seq >> 11, serial)");
            migrationBuilder.Sql("CREATE INDEX journal_block_subject ON journal (seq >> 11, subject)");
            migrationBuilder.Sql("CREATE INDEX journal_expiry ON journal (not_after_s >> 8)");
        }

        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("DROP INDEX journal_block_serial");
            migrationBuilder.Sql("DROP INDEX journal_block_subject");
            migrationBuilder.Sql("DROP INDEX journal_expiry");
            migrationBuilder.Sql("CREATE INDEX journal_block_serial ON journal (seq >> 13, serial)");
            migrationBuilder.Sql("CREATE INDEX journal_block_subject ON journal (seq >> 13, subject)");
            migrationBuilder.Sql("CREATE INDEX journal_expiry ON journal (not_after_s)");
        }
    }
}
